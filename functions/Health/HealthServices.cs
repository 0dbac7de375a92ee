using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Health;

internal static class HealthServices
{
    /// <summary>What must be reachable for the app to be ready: the framework's health checks.</summary>
    public static void AddHealth(this IServiceCollection services)
    {
        // One of each, as the storage check remembers the version that it wrote.
        services.AddSingleton<StorageCheck>();
        services
            .AddHealthChecks()
            .AddCheck<StorageCheck>("storage")
            .AddCheck<QueueCheck>("queue")
            .AddCheck<SecretsCheck>("secrets");
        services.AddSingleton<ReadinessRounds>();
        // The framework would log an error for each failed check beside our own line, which is a warning.
        services.AddLogging(logging =>
            logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
        );
    }
}
