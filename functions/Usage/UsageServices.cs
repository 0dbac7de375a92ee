using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Usage;

internal static class UsageServices
{
    /// <summary>Registers the log of partners' requests.</summary>
    public static void AddUsage(this IServiceCollection services)
    {
        services.AddSingleton<RequestLog>();
        services.AddHostedService(provider => provider.GetRequiredService<RequestLog>());
    }
}
