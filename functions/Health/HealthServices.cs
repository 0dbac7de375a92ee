using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Health;

internal static class HealthServices
{
    /// <summary>Registers a health check for each dependency that the app needs to be ready.</summary>
    public static void AddHealth(this IServiceCollection services)
    {
        // Singletons, because the storage check remembers the row version that it wrote.
        services.AddSingleton<StorageCheck>();
        services
            .AddHealthChecks()
            .AddCheck<StorageCheck>("storage")
            .AddCheck<QueueCheck>("queue")
            .AddCheck<SecretsCheck>("secrets");
        services.AddSingleton<ReadinessRounds>();
        // Each failed check already logs a warning of ours; the framework would add an error.
        services.AddLogging(logging =>
            logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
        );
    }
}
