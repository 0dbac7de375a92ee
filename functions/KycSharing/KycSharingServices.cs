using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.KycSharing;

internal static class KycSharingServices
{
    /// <summary>KYC that comes from elsewhere, and its provider.</summary>
    public static void AddKycSharing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddKycProvider(configuration);
        services.AddSingleton<Arrival>();
        services.AddSingleton<ShareTokens>();
        services.AddSingleton<SettleShare>();
        services.AddSingleton<IEventFollower, KycShareFollower>();
    }
}
