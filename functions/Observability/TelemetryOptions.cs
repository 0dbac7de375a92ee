using Serverless.Functions.Settings;

namespace Serverless.Functions.Observability;

/// <summary>
/// Where telemetry is sent. The exporters read these settings, and others, themselves: this class only decides which
/// exporters are used.
/// </summary>
internal sealed class TelemetryOptions
{
    [Setting("OTEL_EXPORTER_OTLP_ENDPOINT")]
    public string? Collector { get; init; }

    [Setting("APPLICATIONINSIGHTS_CONNECTION_STRING")]
    public string? ApplicationInsights { get; init; }

    /// <summary>Set if the connection needs the app's identity instead of a key.</summary>
    [Setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")]
    public string? ApplicationInsightsIdentity { get; init; }
}
