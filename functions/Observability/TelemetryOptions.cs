using Serverless.Functions.Settings;

namespace Serverless.Functions.Observability;

/// <summary>
/// Where telemetry goes. The exporters read the same settings, and others of theirs, by themselves: what stands here
/// decides which of them there are.
/// </summary>
internal sealed class TelemetryOptions
{
    [Setting("OTEL_EXPORTER_OTLP_ENDPOINT")]
    public string? Collector { get; init; }

    [Setting("APPLICATIONINSIGHTS_CONNECTION_STRING")]
    public string? ApplicationInsights { get; init; }

    /// <summary>Set where a key is not enough: as the app's identity.</summary>
    [Setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")]
    public string? ApplicationInsightsIdentity { get; init; }
}
