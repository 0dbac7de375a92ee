using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Health;

internal static class HealthServices
{
    /// <summary>What must be reachable for the app to be ready.</summary>
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<ReadinessChecks>();
    }
}
