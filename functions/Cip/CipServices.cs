using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Cip;

internal static class CipServices
{
    /// <summary>Verification of identity, and its provider.</summary>
    public static void AddCip(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddCipProvider(configuration, PartnerEnvironment.Parse(configuration["Partners:Environment"]));
        services.AddSingleton<StartCip>();
        services.AddSingleton<ApplyCipResult>();
        services.AddSingleton<IEventFollower, CipFollower>();
    }
}
