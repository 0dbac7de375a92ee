using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Outbound;

internal static class OutboundServices
{
    /// <summary>Connections to addresses that partners name.</summary>
    public static void AddOutbound(this IServiceCollection services)
    {
        services.AddSingleton<OutboundUrlRules>();
        services.AddSingleton(OutboundNetwork.System);
    }
}
