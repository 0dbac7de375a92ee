using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Replays;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks;

internal static class WebhooksServices
{
    /// <summary>Registers endpoints, deliveries and replays.</summary>
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddSingleton<KycSigner>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookProbe>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton<EndpointGate>();
        services.AddSingleton<FailedDeliveries>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<DeliveryCycles>();
        services.AddSingleton<DueDeliveries>();
        services.AddSingleton<DeliveryOrder>();
        services.AddSingleton<AttemptPermits>();
        services.AddSingleton<AttemptSender>();
        services.AddSingleton<AttemptRecorder>();
        services.AddSingleton<AnswerInResponse>();
        services.AddSingleton<DeliveryReplay>();
    }
}
