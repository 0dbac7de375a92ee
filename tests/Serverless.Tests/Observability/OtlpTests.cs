using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Xunit;

namespace Serverless.Tests.Observability;

/// <summary>
/// What really leaves the process, at a collector that takes OTLP over HTTP, and at one that takes what is meant for
/// Application Insights.
/// </summary>
[Collection(SpanRecorder.Alone)]
public sealed class OtlpTests : IAsyncLifetime
{
    private static readonly string[] Canaries = ["Canary", "CANA870321", "1987-03-21", Samples.Clabe];
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();
    private WebApplication? _collector;

    /// <summary>What an app's settings name as the way to the collector.</summary>
    private (string, string?)[] Otlp =>
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "serverless-under-test"),
        ];

    private string Address =>
        _collector!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _collector = builder.Build();
        _collector.Run(async http =>
        {
            using var body = new MemoryStream();
            await using var sent =
                http.Request.Headers.ContentEncoding == "gzip"
                    ? new GZipStream(http.Request.Body, CompressionMode.Decompress)
                    : http.Request.Body;
            await sent.CopyToAsync(body);
            _received.Enqueue((http.Request.Path, body.ToArray()));
            http.Response.ContentType = "application/x-protobuf";
        });
        await _collector.StartAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _collector!.DisposeAsync();

    [Fact]
    public async Task Spans_metrics_and_logs_of_a_journey_arrive_and_hold_no_personal_data()
    {
        var (trace, header) = SpanRecorder.NewTrace();
        var (secrets, partner) = await JourneyAsync(header, Otlp);

        var spans = TextOf("/v1/traces");
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(trace)), spans, StringComparison.Ordinal);
        foreach (
            var name in new[]
            {
                "POST /partner/links",
                "FollowUpEvent",
                "DeliverWebhook",
                "POST webhook",
                "ExpireLink",
                "serverless.partner",
                partner,
            }
        )
            Assert.Contains(name, spans, StringComparison.Ordinal);
        var metrics = TextOf("/v1/metrics");
        foreach (
            var name in new[]
            {
                "serverless.http.request.duration",
                "serverless.webhook.attempts",
                "serverless.webhook.delivery.delay",
                "serverless.webhook.backlog.age",
                "serverless.webhook.deliveries",
            }
        )
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        var logs = TextOf("/v1/logs");
        Assert.Contains("attempt 1 failed with 500", logs, StringComparison.Ordinal);
        // The scope of the message that was handled, and the trace.
        Assert.Contains("Event", logs, StringComparison.Ordinal);
        Assert.Contains(Encoding.Latin1.GetString(Convert.FromHexString(trace)), logs, StringComparison.Ordinal);
        Assert.Contains("serverless-under-test", spans, StringComparison.Ordinal);

        // Of the worker and of libraries nothing leaves but their warnings.
        Assert.DoesNotContain("function CreateLink", spans, StringComparison.Ordinal);
        foreach (var foreign in new[] { "RequestPath", "url.path", "Request starting", "Microsoft.AspNetCore.Hosting" })
            Assert.DoesNotContain(foreign, spans + logs, StringComparison.Ordinal);
        var everything = spans + metrics + logs;
        foreach (var canary in Canaries.Concat(secrets))
            Assert.DoesNotContain(canary, everything, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Spans_and_metrics_arrive_at_Application_Insights_and_hold_no_personal_data()
    {
        var (trace, header) = SpanRecorder.NewTrace();
        var (secrets, partner) = await JourneyAsync(
            header,
            (
                "APPLICATIONINSIGHTS_CONNECTION_STRING",
                $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={Address}/"
            ),
            ("OTEL_SERVICE_NAME", "serverless-under-test"),
            ("OTEL_TRACES_SAMPLER", "microsoft.fixed_percentage"),
            ("OTEL_TRACES_SAMPLER_ARG", "1")
        );

        var everything = TextOf("/v2.1/track");
        var expected = new[]
        {
            trace,
            "POST /partner/links",
            "FollowUpEvent",
            "DeliverWebhook",
            "POST webhook",
            "ExpireLink",
            partner,
            "serverless-under-test",
            "serverless.http.request.duration",
            "serverless.webhook.backlog.age",
            "serverless.webhook.deliveries",
        };
        foreach (var name in expected)
            Assert.Contains(name, everything, StringComparison.Ordinal);
        // Lines come by way of the host; what the worker and libraries record stays here.
        foreach (var foreign in new[] { "MessageData", "function CreateLink", "RequestPath", "url.path" })
            Assert.DoesNotContain(foreign, everything, StringComparison.Ordinal);
        foreach (var canary in Canaries.Concat(secrets))
            Assert.DoesNotContain(canary, everything, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_exception_leaves_by_its_type_and_frames_and_without_its_message()
    {
        await using (var app = await TestApp.StartAsync(Otlp))
        {
            app.ExpectErrors();
            try
            {
                _ = int.Parse("Canary", System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (FormatException ex)
            {
                app.Service<ILoggerFactory>()
                    .CreateLogger("Serverless.Functions.Test")
                    .LogCanary(new AggregateException(ex));
            }
        }
        var logs = TextOf("/v1/logs");
        foreach (
            var told in new[]
            {
                "Something failed",
                "System.FormatException",
                nameof(An_exception_leaves_by_its_type_and_frames_and_without_its_message),
            }
        )
            Assert.Contains(told, logs, StringComparison.Ordinal);
        Assert.DoesNotContain("'Canary'", logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_sampled_is_not_exported_and_handed_on_all_the_same()
    {
        var (trace, header) = SpanRecorder.NewTrace();
        await JourneyAsync(header, [.. Otlp, ("OTEL_TRACES_SAMPLER", "always_off")]);
        Assert.DoesNotContain(
            Encoding.Latin1.GetString(Convert.FromHexString(trace)),
            TextOf("/v1/traces"),
            StringComparison.Ordinal
        );
        Assert.NotEqual("", TextOf("/v1/metrics"));
    }

    [Fact]
    public async Task Without_an_address_there_is_no_exporter()
    {
        await using var app = await TestApp.StartAsync();
        Assert.Null(app.App.Services.GetService<TracerProvider>());
        Assert.Null(app.App.Services.GetService<MeterProvider>());
        Assert.DoesNotContain(
            app.App.Services.GetServices<Microsoft.Extensions.Logging.ILoggerProvider>(),
            provider => provider.GetType().Namespace!.StartsWith("OpenTelemetry", StringComparison.Ordinal)
        );
    }

    private static async Task<(string[] Secrets, string Partner)> JourneyAsync(
        string traceparent,
        params (string, string?)[] settings
    )
    {
        await using var app = await TestApp.StartAsync([
            ("Logging:LogLevel:Default", "Trace"),
            ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"),
            .. settings,
        ]);
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (webhook, http) =>
        {
            http.Response.StatusCode =
                inbox.Events.Count(name => name == "link.created") == 1 && webhook.Event == "link.created" ? 500 : 200;
            return Task.CompletedTask;
        };
        var partner = await app.NewPartnerAsync(inbox, [.. Functions.Events.PartnerEvents.All]);
        var data = Samples
            .FullUserData()
            .With("name.firstName", "CanaryFirst")
            .With("name.secondName", "CanarySecond")
            .With("name.lastName", "CanaryLast")
            .With("name.secondLastName", "CanaryOther")
            .With("idNumber", "CANA870321HDFRRL02")
            .With("dob", "1987-03-21");
        var created = (
            await partner.PostLinkAsync(
                new
                {
                    referenceId = "cust-1",
                    expiresInMinutes = 5,
                    userData = data,
                },
                ("traceparent", traceparent),
                ("Idempotency-Key", "idempotency-canary")
            )
        ).Is(201);
        var link = new TestLink(partner, created.Data);
        var session = (string)(await link.OpenAsync()).Is(200).Data["session"]!;
        await app.PostAsync($"/widget/links/{link.Id}/cip", null, ("Authorization", $"Bearer {session}"));
        await partner.GetAsync("/partner/links?referenceId=Canaryreference");
        await partner.GetAsync("/partner/users/Canaryreference");
        (await partner.PostLinkAsync(new { referenceId = "cust-2", userData = new { dob = "1987-03-21x" } })).Is(400);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.All(
            inbox.Received.Take(2),
            webhook => Assert.Matches("^00-[0-9a-f]{32}-", webhook.Headers["traceparent"])
        );
        return (
            [partner.Key[15..], partner.Secret[6..], (string)created.Data["token"]!, session, "idempotency-canary"],
            partner.Id
        );
    }

    private string TextOf(string path) =>
        string.Concat(_received.Where(item => item.Path == path).Select(item => Encoding.Latin1.GetString(item.Body)));
}

internal static partial class OtlpTestsLog
{
    [LoggerMessage(1, LogLevel.Error, "Something failed.")]
    public static partial void LogCanary(this ILogger logger, Exception exception);
}
