using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Serverless.Functions.Events;
using Serverless.Functions.Observability;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Tests.KycSharing;
using Xunit;

namespace Serverless.Tests.Observability;

/// <summary>
/// The metrics that alerts are based on. Every app of this process is measured: a partner of a test's own tells its
/// numbers apart.
/// </summary>
public sealed class MetricTests(TestApp app) : IClassFixture<TestApp>, IDisposable
{
    private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, string?> Tags)> _measured = new();
    private readonly MeterListener _listener = new();

    [Fact]
    public async Task Attempts_delay_and_end_of_deliveries_are_measured()
    {
        Listen();
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (_, http) =>
        {
            http.Response.StatusCode = inbox.Received.Count switch
            {
                1 => 500,
                2 => 302,
                3 => 404,
                _ => 200,
            };
            return Task.CompletedTask;
        };
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        var mine = Of(partner);
        Assert.Equal(
            ["server_error", "redirect", "client_error", "delivered"],
            mine.Where(item => item.Name == "serverless.webhook.attempts").Select(item => item.Tags["outcome"])
        );
        Assert.Equal(
            "delivered",
            Assert.Single(mine, item => item.Name == "serverless.webhook.deliveries").Tags["status"]
        );
        // One minute, five, thirty, with their jitter.
        Assert.InRange(
            Assert.Single(mine, item => item.Name == "serverless.webhook.delivery.delay").Value,
            36 * 60,
            36 * 60 * 1.11
        );
        Assert.Contains(_measured, item => item.Name == "serverless.webhook.backlog.age");
    }

    [Fact]
    public async Task A_delivery_that_fails_for_good_and_its_open_circuit_are_counted()
    {
        Listen();
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(503);
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        for (var i = 0; i < 5; i++)
            await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Contains(_measured, item => item is { Name: "serverless.webhook.circuits.open", Value: 1 });
        await app.AdvanceAsync(TimeSpan.FromHours(6));
        Assert.Equal(
            5,
            Of(partner).Count(item => item.Name == "serverless.webhook.deliveries" && item.Tags["status"] == "failed")
        );
        Assert.Contains(
            _measured,
            item =>
                item is { Name: "serverless.webhook.circuits.open", Value: -1 }
                || item.Name == "serverless.webhook.attempts"
        );
    }

    [Fact]
    public async Task The_end_of_a_delivery_is_counted_once_however_many_messages_come_to_end_it()
    {
        Listen();
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(503);
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        (await partner.SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { enabled = false })).Is(200);
        var id = Assert.Single(inbox.Received).Headers["webhook-id"]["evt_".Length..];
        await Task.WhenAll(
            Enumerable
                .Range(0, 30)
                .Select(copy =>
                    app.Service<AppQueues>()
                        .Webhooks.SendAsync(
                            new DeliveryTask(partner.Id, id, 2),
                            $"{id}:copy{copy}",
                            due: null,
                            TestContext.Current.CancellationToken
                        )
                )
        );
        await app.IdleAsync();
        Assert.Equal(
            "failed",
            Assert.Single(Of(partner), item => item.Name == "serverless.webhook.deliveries").Tags["status"]
        );
    }

    [Fact]
    public async Task The_end_of_a_delivery_whose_place_a_newer_one_takes_is_counted()
    {
        Listen();
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        (await partner.Identity.ShareAsync("newer-1", "newer@example.org", KycSteps.NewToken("pending-2m"))).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(90));
        inbox.AnswerWith(200);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(
            ["superseded", "delivered"],
            Of(partner).Where(item => item.Name == "serverless.webhook.deliveries").Select(item => item.Tags["status"])
        );
    }

    [Fact]
    public async Task Requests_are_measured_by_route_and_class_and_refusals_by_limit()
    {
        Listen();
        var partner = await app.NewPartnerAsync();
        (await partner.GetAsync("/partner/links/link_unknown-1")).Is(404);
        Assert.Contains(
            _measured,
            item =>
                item.Name == "serverless.http.request.duration"
                && item.Tags["http.route"] == "/partner/links/{linkId}"
                && item.Tags["http.response.status_class"] == "4xx"
        );
        for (var i = 0; i < 7; i++)
            await partner.PostAsync("/partner/webhooks/endpoint/probe");
        Assert.Contains(
            _measured,
            item => item.Name == "serverless.rate_limit.refused" && item.Tags["limit"] == "probe"
        );
        Assert.DoesNotContain(
            _measured,
            item => item.Tags.Values.Any(value => value?.Contains("link_unknown", StringComparison.Ordinal) == true)
        );
    }

    [Fact]
    public async Task A_transaction_that_lost_to_another_is_counted()
    {
        Listen();
        var partner = await app.NewPartnerAsync();
        for (var round = 0; round < 10 && !_measured.Any(item => item.Name == "serverless.storage.conflicts"); round++)
        {
            var reference = TestPartner.NewReference();
            await Task.WhenAll(
                Enumerable.Range(0, 6).Select(_ => partner.PostLinkAsync(new { referenceId = reference }))
            );
        }
        Assert.Contains(_measured, item => item.Name == "serverless.storage.conflicts");
    }

    public void Dispose() => _listener.Dispose();

    private List<(string Name, double Value, Dictionary<string, string?> Tags)> Of(TestPartner partner) =>
        [.. _measured.Where(item => item.Tags.GetValueOrDefault("partner") == partner.Id)];

    private void Listen()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == Metrics.Meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kept = new Dictionary<string, string?>();
        foreach (var (name, tag) in tags)
            kept[name] = tag?.ToString();
        _measured.Enqueue((instrument.Name, value, kept));
    }
}
