using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>Many deliveries are sent again by one operation.</summary>
public sealed class ReplayRangeTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Route = "/partner/webhooks/deliveries/replay";

    [Fact]
    public async Task All_that_failed_since_a_moment_is_sent_again_and_nothing_else()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        var since = app.Clock.GetUtcNow();
        inbox.AnswerWith(500);
        const int Failing = 60;
        for (var i = 0; i < Failing; i++)
            await partner.CreateLinkAsync(expiresInMinutes: 10080);
        // The circuit puts each attempt off for some minutes.
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        Assert.Equal(1 + (5 * Failing), inbox.Received.Count);

        inbox.AnswerWith(200);
        var begun = (await partner.PostAsync(Route, new { failedSince = since })).Is(202).Data;
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        var done = await ProgressAsync(partner, begun);
        Assert.Equal(
            ("completed", Failing, Failing),
            ((string)done["status"]!, (int)done["found"]!, (int)done["replayed"]!)
        );
        var again = inbox.Received.Skip(1 + (5 * Failing)).Select(webhook => webhook.Headers["webhook-id"]).ToList();
        Assert.Equal(Failing, again.Count);
        Assert.Equal(Failing, again.Distinct().Count());
        Assert.DoesNotContain(inbox.Received[0].Headers["webhook-id"], again);
    }

    [Fact]
    public async Task The_deliveries_that_a_replay_sent_again_are_listed_by_its_id()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        inbox.AnswerWith(401);
        var failing = await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        var since = app.Clock.GetUtcNow().AddDays(-1);
        var begun = (await partner.PostAsync(Route, new { failedSince = since })).Is(202).Data;
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        var list = $"/partner/webhooks/deliveries?replayId={begun["operationId"]}";
        var again = Assert.Single((await partner.GetAsync(list)).Is(200).Data["items"]!.AsArray());
        Assert.Equal(
            (failing.Id, "pending", 2, 401),
            ((string)again!["linkId"]!, (string)again["status"]!, (int)again["cycle"]!, (int)again["lastStatus"]!)
        );
        Assert.Empty((await partner.GetAsync($"{list}&status=delivered")).Is(200).Data["items"]!.AsArray());
    }

    [Fact]
    public async Task A_range_is_sent_again_with_what_waits_for_its_next_attempt()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromDays(2));
        var from = app.Clock.GetUtcNow();
        await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.IdleAsync();
        inbox.Answer = (webhook, http) =>
        {
            http.Response.StatusCode =
                webhook.Headers["webhook-id"] == inbox.Received[1].Headers["webhook-id"] ? 200 : 500;
            return Task.CompletedTask;
        };
        await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.IdleAsync();

        var begun = (await partner.PostAsync(Route, new { from })).Is(202).Data;
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        var done = await ProgressAsync(partner, begun);
        Assert.Equal(("completed", 2, 2), ((string)done["status"]!, (int)done["found"]!, (int)done["replayed"]!));
        Assert.Equal(
            inbox
                .Received.Skip(1)
                .Take(2)
                .Select(webhook => webhook.Headers["webhook-id"])
                .Order(StringComparer.Ordinal),
            inbox.Received.Skip(3).Select(webhook => webhook.Headers["webhook-id"]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_repetition_with_the_same_Idempotency_Key_answers_with_the_same_operation_and_sends_nothing_more()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var from = app.Clock.GetUtcNow();
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => BeginAsync(new { from }, "k1")));
        Assert.Single(replies.Select(reply => (string)reply.Is(202).Data["operationId"]!).Distinct());
        Assert.Equal(7, replies.Count(reply => reply["Idempotency-Replayed"] == "true"));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, inbox.Received.Count);

        // Also after the operation's end, when the range would hold more.
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        var late = (await BeginAsync(new { from }, "k1")).Is(202).Data;
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((string)replies[0].Data["operationId"]!, (string)late["operationId"]!);
        Assert.Equal(3, inbox.Received.Count);
        (await BeginAsync(new { failedSince = from }, "k1")).Is(409, "IDEMPOTENCY_KEY_REUSED");
        var other = (await BeginAsync(new { from }, "k2")).Is(202).Data;
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.NotEqual((string)late["operationId"]!, (string)other["operationId"]!);
        Assert.Equal(5, inbox.Received.Count);

        Task<Reply> BeginAsync(object body, string key) =>
            partner.SendAsync(HttpMethod.Post, Route, body, [("Idempotency-Key", key)]);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_and_a_foreign_operation_is_unknown()
    {
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        foreach (
            var bad in new object[]
            {
                new { },
                new { from = "x" },
                new { from = "2026-01-01", failedSince = "2026-01-01" },
                new { failedSince = "2026-01-01", to = "2026-01-02" },
                new { from = "2026-01-02", to = "2026-01-01" },
            }
        )
            (await partner.PostAsync(Route, bad)).Is(400, "INVALID_REQUEST");
        var begun = (await partner.PostAsync(Route, new { from = "0001-01-01", to = "0001-01-01" })).Is(202).Data;
        await app.IdleAsync();
        Assert.Equal(0, (int)(await ProgressAsync(partner, begun))["found"]!);
        (await (await app.NewPartnerAsync()).GetAsync($"/partner/webhooks/replays/{begun["operationId"]}")).Is(404);
        (await partner.GetAsync("/partner/webhooks/replays/x")).Is(404);
    }

    private static async Task<JsonNode> ProgressAsync(TestPartner partner, JsonNode begun) =>
        (await partner.GetAsync($"/partner/webhooks/replays/{begun["operationId"]}")).Is(200).Data;
}
