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
/// Exports what the app itself recorded, and nothing else: over OTLP once a collector is named, to Application Insights
/// once that is. With neither there is no provider, and nothing is recorded.
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

        // What chooses comes before the exporters: they see what it left.
        var telemetry = services
            .AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            // After the worker's own: it looks at the environment only, and locally the settings stand in a file.
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
            // The lines reach Application Insights through the host already.
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
    /// Leaves out every span that is not the app's. The worker's own are of the host's trace and not of the record's,
    /// are there for each replay and probe, and hold the messages of exceptions; those of libraries hold addresses.
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
    /// Beside a line stands whose request or event it is, and no scope of anybody else: ASP.NET Core's holds the path
    /// of the request, which may name a person. Of an exception the type and the frames are told, and not the message,
    /// which may quote what could not be read.
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
