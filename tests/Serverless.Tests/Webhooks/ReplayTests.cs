using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Functions.Webhooks.Deliveries;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>A delivery can be sent again once it has ended.</summary>
public sealed class ReplayTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_delivery_gets_five_more_attempts_of_the_same_bytes_at_the_present_URL()
    {
        var (partner, inbox, id) = await DeliveredAsync(500);
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Equal(5, inbox.Received.Count);
        var moved = await app.NewInboxAsync();
        moved.AnswerWith(503);
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = moved.Url })).Is(200);

        var begun = (await ReplayAsync(partner, id)).Is(202).Data;
        Assert.Equal(
            ("pending", 2, moved.Url),
            ((string)begun["status"]!, (int)begun["cycle"]!, (string)begun["url"]!)
        );
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Equal(5, inbox.Received.Count);
        Assert.Equal(5, moved.Received.Count);
        // The schedule begins anew; each delay has its jitter of up to a tenth.
        var delays = moved
            .Received.Zip(moved.Received.Skip(1), (before, after) => (after.At - before.At).TotalMinutes)
            .ToList();
        Assert.All(
            delays.Zip([1.0, 5.0, 30.0, 120.0]),
            delay => Assert.InRange(delay.First, delay.Second - 0.01, (delay.Second * 1.1) + 0.01)
        );
        Assert.Single(
            inbox
                .Received.Concat(moved.Received)
                .Select(webhook => (webhook.Text, webhook.Headers["webhook-id"]))
                .Distinct()
        );

        var whole = await ShowAsync(partner, id);
        Assert.Equal("failed", (string?)whole["status"]);
        Assert.Equal(
            [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2), (8, 2), (9, 2), (10, 2)],
            whole["attempts"]!.AsArray().Select(attempt => ((int)attempt!["number"]!, (int)attempt["cycle"]!))
        );
    }

    [Fact]
    public async Task A_delivered_one_is_sent_again_once_for_each_replay()
    {
        var (partner, inbox, id) = await DeliveredAsync(200);
        for (var sent = 2; sent <= 4; sent++)
        {
            (await ReplayAsync(partner, id)).Is(202);
            await app.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(sent, inbox.Received.Count);
        }
        Assert.Equal(
            (4, "delivered"),
            ((int)(await ShowAsync(partner, id))["cycle"]!, (string)(await ShowAsync(partner, id))["status"]!)
        );
    }

    [Fact]
    public async Task While_an_attempt_is_made_a_replay_is_refused()
    {
        var inbox = await app.NewInboxAsync();
        var (arrived, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        inbox.Answer = (_, _) =>
        {
            arrived.TrySetResult();
            return answer.Task;
        };
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var log = (await partner.GetAsync("/partner/webhooks/deliveries")).Is(200).Data["items"]!;
        (await ReplayAsync(partner, (string)log[0]!["deliveryId"]!)).Is(409, "DELIVERY_PENDING");
        answer.SetResult();
        await app.IdleAsync();
        Assert.Single(inbox.Received);
    }

    [Fact]
    public async Task A_delivery_that_waits_for_its_next_attempt_is_sent_at_once_by_a_replay_and_not_again_later()
    {
        var (partner, inbox, id) = await DeliveredAsync(500);
        inbox.AnswerWith(204);
        (await ReplayAsync(partner, id)).Is(202);
        await app.IdleAsync();
        Assert.Equal(
            ("delivered", 2, 2),
            (
                (string)(await ShowAsync(partner, id))["status"]!,
                (int)(await ShowAsync(partner, id))["cycle"]!,
                inbox.Received.Count
            )
        );
        await app.AdvanceAsync(TimeSpan.FromHours(3));
        Assert.Equal(2, inbox.Received.Count);
    }

    [Fact]
    public async Task What_waits_for_its_next_attempt_goes_to_a_URL_that_was_corrected_meanwhile()
    {
        var (partner, wrong, id) = await DeliveredAsync(500);
        var right = await app.NewInboxAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = right.Url })).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Single(wrong.Received);
        Assert.Equal(id, Assert.Single(right.Received).Headers["webhook-id"]);
        Assert.Equal(
            ("delivered", right.Url),
            ((string)(await ShowAsync(partner, id))["status"]!, (string)(await ShowAsync(partner, id))["url"]!)
        );
    }

    [Fact]
    public async Task After_an_outage_a_single_replay_does_not_wait_for_the_pause_and_ends_it()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox);
        // The fifth failure opens the endpoint's circuit; what comes then is put off.
        for (var link = 0; link < 7; link++)
        {
            await partner.CreateLinkAsync();
            await app.IdleAsync();
        }
        Assert.Equal(5, inbox.Received.Count);
        inbox.AnswerWith(204);
        (await ReplayAsync(partner, inbox.Received[0].Headers["webhook-id"])).Is(202);
        await app.IdleAsync();
        Assert.Equal(6, inbox.Received.Count);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(7, inbox.Received.Count);
    }

    [Fact]
    public async Task All_that_failed_since_a_moment_has_what_waits_for_its_next_attempt_in_it()
    {
        var (partner, inbox, id) = await DeliveredAsync(500);
        inbox.AnswerWith(204);
        (await partner.PostAsync("/partner/webhooks/deliveries/replay", new { failedSince = "2020-01-01" })).Is(202);
        await app.IdleAsync();
        Assert.Equal("delivered", (string?)(await ShowAsync(partner, id))["status"]);
        Assert.Equal(2, inbox.Received.Count);
    }

    [Fact]
    public async Task Of_many_replays_at_once_one_counts()
    {
        var (partner, inbox, id) = await DeliveredAsync(200);
        inbox.Answer = (_, http) => Task.Delay(300, http.RequestAborted);
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReplayAsync(partner, id)));
        Assert.Single(replies, reply => reply.Status == 202);
        Assert.All(replies.Where(reply => reply.Status != 202), reply => reply.Is(409, "DELIVERY_PENDING"));
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(2, inbox.Received.Count);
    }

    [Fact]
    public async Task A_repetition_with_the_same_Idempotency_Key_replays_nothing_more()
    {
        var (partner, inbox, id) = await DeliveredAsync(200);
        (await ReplayAsync(partner, id, "k1")).Is(202);
        await app.IdleAsync();
        var again = (await ReplayAsync(partner, id, "k1")).Is(202);
        Assert.Equal("true", again["Idempotency-Replayed"]);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, inbox.Received.Count);
        var route = $"/partner/webhooks/deliveries/{id}/replay";
        (await partner.SendAsync(HttpMethod.Post, route, "{}", ("Idempotency-Key", "k1"))).Is(
            409,
            "IDEMPOTENCY_KEY_REUSED"
        );
        (await ReplayAsync(partner, id, "k2")).Is(202);
        await app.IdleAsync();
        Assert.Equal(3, inbox.Received.Count);
    }

    [Fact]
    public async Task Without_a_URL_or_a_delivery_of_the_partner_s_there_is_no_replay()
    {
        var (partner, _, id) = await DeliveredAsync(200);
        (await ReplayAsync(await app.NewPartnerAsync(), id)).Is(404);
        (await ReplayAsync(partner, "evt_x")).Is(404);
        (await partner.PutAsync("/partner/webhooks/endpoint", """{"url":null}""")).Is(200);
        (await ReplayAsync(partner, id)).Is(409, "NO_WEBHOOK_URL");
    }

    [Fact]
    public async Task An_announced_cycle_that_is_never_written_is_dropped_and_does_not_disturb_the_next_one()
    {
        var (partner, inbox, id) = await DeliveredAsync(200);
        await app.Service<AppQueues>()
            .Webhooks.SendAsync(
                new DeliveryTask(partner.Id, id["evt_".Length..], 2) { Cycle = 2, ReplayId = "died" },
                "lost",
                due: null,
                Cancel
            );
        await app.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Single(inbox.Received);
        (await ReplayAsync(partner, id)).Is(202);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(2, inbox.Received.Count);
        Assert.Equal("delivered", (string?)(await ShowAsync(partner, id))["status"]);
    }

    [Fact]
    public async Task Answers_of_many_cycles_are_cut_before_attempts_are()
    {
        var (partner, inbox, id) = await DeliveredAsync(200);
        inbox.Answer = (_, http) => http.Response.Body.WriteAsync(new byte[4096]).AsTask();
        for (var i = 0; i < 12; i++)
        {
            (await ReplayAsync(partner, id)).Is(202);
            await app.IdleAsync();
        }
        var attempts = (await ShowAsync(partner, id))["attempts"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 13), attempts.Select(attempt => (int)attempt!["number"]!));
        Assert.Null(attempts[1]!["answer"]);
        Assert.Equal(1024, ((string)attempts[^1]!["answer"]!).Length);
    }

    /// <summary>
    /// A partner, its inbox and the id of its one delivery, whose first attempt was answered with this.
    /// </summary>
    private async Task<(TestPartner Partner, Inbox Inbox, string Id)> DeliveredAsync(int status)
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(status);
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.IdleAsync();
        return (partner, inbox, Assert.Single(inbox.Received).Headers["webhook-id"]);
    }

    private static Task<Reply> ReplayAsync(TestPartner partner, string id, string? key = null) =>
        partner.SendAsync(
            HttpMethod.Post,
            $"/partner/webhooks/deliveries/{id}/replay",
            null,
            key is null ? [] : [("Idempotency-Key", key)]
        );

    private static async Task<JsonNode> ShowAsync(TestPartner partner, string id) =>
        (await partner.GetAsync($"/partner/webhooks/deliveries/{id}")).Is(200).Data;
}
