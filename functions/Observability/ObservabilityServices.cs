using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Observability;

internal static class ObservabilityServices
{
    /// <summary>The export of spans, metrics and logs; which exporters there are is settled here.</summary>
    public static void AddObservability(this IServiceCollection services, IConfiguration configuration) =>
        TelemetryExport.AddTo(services, configuration.ReadSettings<TelemetryOptions>());
}
