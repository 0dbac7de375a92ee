using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Observability;

internal static class ObservabilityServices
{
    /// <summary>
    /// Registers the export of spans, metrics and logs; the settings decide which exporters are used.
    /// </summary>
    public static void AddObservability(this IServiceCollection services, IConfiguration configuration) =>
        TelemetryExport.AddTo(services, configuration.ReadSettings<TelemetryOptions>());
}
