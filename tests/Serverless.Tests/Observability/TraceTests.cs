using System.Diagnostics;
using Serverless.Functions.Observability;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Observability;

/// <summary>One trace from the partner's call to what comes of it, however long that takes.</summary>
[Collection(SpanRecorder.Alone)]
public sealed class TraceTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task One_trace_leads_from_the_call_through_queue_and_orchestration_to_the_webhooks()
    {
        using var spans = new SpanRecorder();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created", "link.expired"]);
        var (trace, header) = SpanRecorder.NewTrace();
        var created = (
            await partner.PostLinkAsync(
                new { referenceId = TestPartner.NewReference(), expiresInMinutes = 5 },
                ("traceparent", header),
                ("X-Request-Id", "asked-for")
            )
        ).Is(201);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(["link.created", "link.expired"], inbox.Events);

        var recorded = spans.Of(trace);
        var names = recorded.Select(span => span.DisplayName).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "AnnounceForgottenEvents",
                "DeliverWebhook",
                "ExpireLink",
                "FollowUpEvent",
                "POST /partner/links",
                "POST webhook",
            ],
            names
        );
        // Nothing hangs in the air: each span's parent is another one of these, the first one's is the caller's.
        var known = recorded.Select(span => span.SpanId).ToHashSet();
        Assert.All(
            recorded,
            span =>
                Assert.True(
                    known.Contains(span.ParentSpanId) || span.ParentSpanId.ToHexString() == header.Split('-')[2],
                    span.DisplayName
                )
        );
        Assert.Single(recorded, span => !known.Contains(span.ParentSpanId));
        // What a partner gets is the span of that very attempt.
        Assert.Equal(
            recorded
                .Where(span => span.DisplayName == "POST webhook")
                .Select(span => span.Id)
                .Order(StringComparer.Ordinal),
            inbox.Received.Select(webhook => webhook.Headers["traceparent"]).Order(StringComparer.Ordinal)
        );
        Assert.All(inbox.Received, webhook => Assert.DoesNotContain("tracestate", webhook.Headers.Keys));

        var call = Assert.Single(recorded, span => span.Kind == ActivityKind.Server);
        Assert.Equal(
            [
                "http.request.method=POST",
                "http.response.status_code=201",
                "http.route=/partner/links",
                $"serverless.partner={partner.Id}",
                "serverless.request_id=asked-for",
            ],
            call.TagObjects.Where(tag => tag.Key != "faas.invocation_id")
                .Select(tag => $"{tag.Key}={tag.Value}")
                .Order(StringComparer.Ordinal)
        );
        // What leads from a span to what the host says of the same invocation.
        Assert.All(
            recorded.Where(span => span.Kind is ActivityKind.Server or ActivityKind.Consumer),
            span => Assert.True(Guid.TryParse((string?)span.GetTagItem("faas.invocation_id"), out _), span.DisplayName)
        );
        var linkId = (string)created.Data["linkId"]!;
        Assert.DoesNotContain(recorded, span => span.DisplayName.Contains(linkId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_verification_belongs_to_the_trace_of_the_call_that_began_it()
    {
        using var spans = new SpanRecorder();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.status_changed"]);
        var link = await partner.CreateLinkAsync(
            userData: Samples.FullUserData().With("idNumber", "PERJ851112HDFRRL07")
        );
        await link.OpenAsync();
        await app.IdleAsync();
        var before = inbox.Received.Count;
        var (trace, header) = SpanRecorder.NewTrace();
        (
            await partner.SendAsync(
                HttpMethod.Post,
                $"/partner/links/{link.Id}/cip/tickets",
                null,
                ("traceparent", header)
            )
        ).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        var told = inbox.Received.Skip(before).ToList();
        Assert.Equal(["cip_pending", "cip_verified"], told.Select(webhook => (string?)webhook.Data["status"]));
        Assert.All(told, webhook => Assert.Equal(trace, webhook.Headers["traceparent"].Split('-')[1]));
        Assert.Subset(
            spans.Of(trace).Select(span => span.DisplayName).ToHashSet(),
            new HashSet<string> { "SubmitCip", "ApplyCipResult", "POST /partner/links/{linkId}/cip/tickets" }
        );
    }

    [Fact]
    public async Task A_payout_belongs_to_the_trace_of_its_confirmation()
    {
        using var spans = new SpanRecorder();
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(
            app,
            await app.NewPartnerAsync(inbox, ["operation.created", "operation.completed"])
        );
        var confirmed = await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(["operation.created", "operation.completed"], inbox.Events);
        Assert.Equal("completed", await payer.StatusAsync(confirmed));
        var trace = Assert.Single(
            inbox.Received.Select(webhook => webhook.Headers["traceparent"].Split('-')[1]).Distinct()
        );
        Assert.Subset(
            spans.Of(trace).Select(span => span.DisplayName).ToHashSet(),
            new HashSet<string> { "POST /widget/links/{linkId}/confirm", "SendPayout", "CheckPayout" }
        );
    }

    [Fact]
    public async Task A_retry_after_a_restart_and_a_replay_stay_in_the_trace()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-");
        try
        {
            await using var own = await TestApp.StartAsync(("Local:DataFolder", folder.FullName));
            using var spans = new SpanRecorder();
            var inbox = await own.NewInboxAsync();
            inbox.AnswerWith(500);
            var partner = await own.NewPartnerAsync(inbox, ["link.created"]);
            var (trace, header) = SpanRecorder.NewTrace();
            (await partner.PostLinkAsync(new { referenceId = "cust-1" }, ("traceparent", header))).Is(201);
            await inbox.WaitForAsync(1);
            await own.IdleAsync();
            await own.RestartAsync();
            inbox.AnswerWith(200);
            await own.AdvanceAsync(TimeSpan.FromMinutes(3));
            Assert.Equal(2, inbox.Received.Count);

            var (asking, replayHeader) = SpanRecorder.NewTrace();
            var id = inbox.Received[0].Headers["webhook-id"];
            (
                await partner.SendAsync(
                    HttpMethod.Post,
                    $"/partner/webhooks/deliveries/{id}/replay",
                    null,
                    ("traceparent", replayHeader)
                )
            ).Is(202);
            await own.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(3, inbox.Received.Count);
            Assert.All(inbox.Received, webhook => Assert.Equal(trace, webhook.Headers["traceparent"].Split('-')[1]));
            Assert.Equal(3, inbox.Received.Select(webhook => webhook.Headers["traceparent"]).Distinct().Count());
            var replayed = spans.Of(trace).Single(span => span.Id == inbox.Received[2].Headers["traceparent"]);
            Assert.Equal(asking, Assert.Single(replayed.Links).Context.TraceId.ToHexString());

            // The partner finds the span of each attempt in the log of its deliveries, too.
            var shown = (await partner.GetAsync($"/partner/webhooks/deliveries/{id}")).Is(200).Data[
                "attempts"
            ]!.AsArray();
            Assert.Equal(
                inbox.Received.Select(webhook => webhook.Headers["traceparent"]),
                shown.Select(attempt => (string?)attempt!["headers"]!["traceparent"])
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("0af7651916cd43dd8448eb211c80319c")]
    [InlineData("' or 1=1")]
    [InlineData("")]
    public async Task A_malformed_traceparent_begins_a_new_trace(string header)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        (await partner.PostLinkAsync(new { referenceId = TestPartner.NewReference() }, ("traceparent", header))).Is(
            201
        );
        await inbox.WaitForAsync(1);
        var sent = inbox.Received[0].Headers["traceparent"];
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", sent);
        Assert.DoesNotContain("0af7651916cd43dd8448eb211c80319c", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callers_tracestate_and_baggage_go_nowhere()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        (
            await partner.PostLinkAsync(
                new { referenceId = TestPartner.NewReference() },
                ("traceparent", SpanRecorder.NewTrace().Header),
                ("tracestate", "vendor=canary"),
                ("baggage", "name=canary")
            )
        ).Is(201);
        await inbox.WaitForAsync(1);
        Assert.DoesNotContain(
            inbox.Received[0].Headers,
            header => header.Value.Contains("canary", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_span_of_an_unknown_route_has_no_path()
    {
        using var spans = new SpanRecorder();
        var (trace, header) = SpanRecorder.NewTrace();
        (await app.GetAsync("/nothing/of/anybody?name=canary", ("traceparent", header))).Is(404);
        var span = Assert.Single(spans.Of(trace));
        Assert.Equal("GET", span.DisplayName);
        Assert.DoesNotContain(
            span.TagObjects,
            tag =>
                $"{tag.Value}".Contains("nothing", StringComparison.Ordinal)
                || $"{tag.Value}".Contains("canary", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Nothing_is_recorded_while_nobody_listens()
    {
        using var source = new ActivitySource("Nobody listens");
        Assert.Null(source.StartActivity("x"));
        // The app's spans are then bare contexts: they hold no tags and reach no exporter.
        Assert.True(Tracing.TryParse(SpanRecorder.NewTrace("00").Header, out var parent));
        using var span = Tracing.StartClient("POST webhook", $"00-{parent.TraceId}-{parent.SpanId}-00");
        Assert.Equal((parent.TraceId, parent.SpanId), (span.TraceId, span.ParentSpanId));
    }
}
