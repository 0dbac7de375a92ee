using System.Diagnostics;
using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Serverless.Functions.Observability;

/// <summary>
/// Exports only what the app itself recorded: over OTLP if a collector is configured, and to Application Insights if
/// that is. With neither, nothing is recorded.
/// </summary>
internal static class TelemetryExport
{
    /// <summary>Adds the exporters that the options name.</summary>
    public static void AddTo(IServiceCollection services, TelemetryOptions options)
    {
        var toCollector = options.Collector is not null;
        var toInsights = options.ApplicationInsights is not null;
        if (!toCollector && !toInsights)
            return;

        // The filters must come before the exporters, which see only what the filters leave.
        var telemetry = services
            .AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            // After the worker's own detector, which reads only the environment: locally the settings are in a file.
            .ConfigureResource(resource => resource.AddService("serverless").AddEnvironmentVariableDetector())
            .WithTracing(spans => spans.AddSource(Tracing.Source.Name).AddProcessor(new OwnSpansOnly()))
            .WithMetrics(metrics => metrics.AddMeter(Metrics.Meter.Name));
        if (toCollector)
        {
            telemetry
                .WithTracing(spans => spans.AddOtlpExporter())
                .WithMetrics(metrics => metrics.AddOtlpExporter())
                .WithLogging(
                    logs => logs.AddProcessor(new NothingPersonal()).AddOtlpExporter(),
                    lines => lines.IncludeFormattedMessage = true
                );
            services.AddLogging(logging =>
                logging
                    .AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.Warning)
                    .AddFilter<OpenTelemetryLoggerProvider>(nameof(Serverless), LogLevel.Information)
            );
        }
        if (toInsights)
        {
            // Application Insights already receives the log lines through the host.
            telemetry
                .WithTracing(spans => spans.AddAzureMonitorTraceExporter())
                .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter());
            if (options.ApplicationInsightsIdentity is not null)
            {
                services
                    .AddOptions<AzureMonitorExporterOptions>()
                    .Configure<TokenCredential>((options, identity) => options.Credential = identity);
            }
        }
    }

    /// <summary>
    /// Removes every span that is not the app's. The worker's spans belong to the host's trace instead of the
    /// record's, exist for each replay and probe, and contain exception messages; spans of libraries contain
    /// addresses.
    /// </summary>
    private sealed class OwnSpansOnly : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.Source != Tracing.Source)
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }

    /// <summary>
    /// Exports only the app's own scopes: ASP.NET Core's contains the request's path, which may name a person. Of an
    /// exception only the type and the frames are exported, because the message may quote invalid input.
    /// </summary>
    private sealed class NothingPersonal : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            data.Attributes = [.. data.Attributes ?? [], .. LogScopes.Current];
            if (data.Exception is not { } thrown)
                return;
            var cause = Faults.CauseOf(thrown);
            data.Exception = null;
            data.Attributes =
            [
                .. data.Attributes,
                new("exception.type", cause.GetType().FullName),
                new("exception.stacktrace", cause.StackTrace),
            ];
        }
    }
}
