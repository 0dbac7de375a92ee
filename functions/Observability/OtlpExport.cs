using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Serverless.Functions.Observability;

/// <summary>
/// Exports spans, metrics and logs over OTLP once <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; until then there is no provider, and nothing is recorded. The SDK reads the other standard
/// settings itself: <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>_HEADERS</c>, <c>OTEL_SERVICE_NAME</c>, <c>OTEL_TRACES_SAMPLER</c>, <c>OTEL_TRACES_SAMPLER_ARG</c>.
/// </summary>
internal sealed class OtlpExport(IConfiguration configuration) : IHostedService, IDisposable
{
    private TracerProvider? _spans;
    private MeterProvider? _metrics;

    /// <summary>Adds the export, if there is somewhere to export to.</summary>
    public static void AddTo(IServiceCollection services, IConfiguration configuration)
    {
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 })
            return;
        services.AddHostedService<OtlpExport>();
        services.AddLogging(logging => logging
            // Its scope and its lines hold the path of the request, which may name a person.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter<OpenTelemetryLoggerProvider>("Microsoft.AspNetCore", LogLevel.Warning)
            .AddOpenTelemetry(logs =>
            {
                logs.IncludeScopes = true;
                logs.IncludeFormattedMessage = true;
                logs.SetResourceBuilder(Named(ResourceBuilder.CreateDefault()));
                logs.AddOtlpExporter();
            }));
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The app's settings instead of the environment: locally they stand in a file.
        _spans = Sdk.CreateTracerProviderBuilder().ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => Named(resource)).AddSource(Tracing.Source.Name).AddOtlpExporter().Build();
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => Named(resource)).AddMeter(Metrics.Meter.Name).AddOtlpExporter().Build();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        _spans?.Dispose();
        _metrics?.Dispose();
    }

    /// <summary>A name that <c>OTEL_SERVICE_NAME</c> wins over.</summary>
    private static ResourceBuilder Named(ResourceBuilder resource) => resource.AddService("serverless", autoGenerateServiceInstanceId: true).AddTelemetrySdk().AddEnvironmentVariableDetector();
}
