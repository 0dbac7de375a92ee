using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Replays;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks;

internal static class WebhooksServices
{
    /// <summary>Deliveries, replays, probes.</summary>
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<KycSigner>();
        services.AddSingleton<DeliveryOrder>();
        services.AddSingleton<WebhookProbe>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<DeliveryReplay>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton<EndpointGate>();
        services.AddSingleton<DueDeliveries>();
        services.AddSingleton<AnswerInResponse>();
    }
}
