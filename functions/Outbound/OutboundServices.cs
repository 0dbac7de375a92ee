using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Outbound;

internal static class OutboundServices
{
    /// <summary>Connections to addresses that partners name.</summary>
    public static void AddOutbound(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<OutboundOptions>(configuration);
        services.AddSingleton<OutboundUrlRules>();
        services.AddSingleton(OutboundNetwork.System);
    }
}
