using Microsoft.Extensions.DependencyInjection;

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
