using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>What failed of all partners, and an operator's replays.</summary>
public sealed class FailedDeliveryTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_delivery_is_listed_from_its_last_failure_until_it_is_replayed()
    {
        var (partner, inbox) = await FailingAsync();
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        // Attempts are still to come.
        Assert.Empty(await FailedAsync($"partnerId={partner.Id}"));
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        var item = Assert.Single(await FailedAsync($"status=failed&partnerId={partner.Id}"))!;
        Assert.Equal(partner.Id, (string)item["partnerId"]!);
        var delivery = item["delivery"]!;
        Assert.Equal(
            ("link.created", "failed", 503),
            ((string)delivery["event"]!, (string)delivery["status"]!, (int)delivery["lastStatus"]!)
        );

        inbox.AnswerWith(200);
        var path = $"/operator/partners/{partner.Id}/deliveries/{(string)delivery["deliveryId"]!}/replay";
        var begun = (await app.PostAsync(path)).Is(202).Data;
        Assert.Equal(("pending", 2), ((string)begun["status"]!, (int)begun["cycle"]!));
        Assert.Empty(await FailedAsync($"partnerId={partner.Id}"));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(await FailedAsync($"partnerId={partner.Id}"));
        Assert.Empty(await RowsAsync(partner));
        Assert.Equal(6, inbox.Received.Count);
    }

    [Fact]
    public async Task One_that_fails_again_is_listed_again_once()
    {
        var (partner, _) = await FailingAsync();
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        var id = (string)Assert.Single(await FailedAsync($"partnerId={partner.Id}"))!["delivery"]!["deliveryId"]!;
        (await app.PostAsync($"/operator/partners/{partner.Id}/deliveries/{id}/replay")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Single(await FailedAsync($"partnerId={partner.Id}"));
        Assert.Single(await RowsAsync(partner));
    }

    [Fact]
    public async Task Deliveries_of_all_partners_are_listed_newest_first_in_parts_and_by_partner_and_event()
    {
        var (first, _) = await FailingAsync();
        var (second, _) = await FailingAsync();
        var link = await first.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        await second.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await link.OpenAsync()).Is(200);
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        string[] ours = [first.Id, second.Id];
        var seen = new List<string>();
        for (var query = "limit=1"; ; )
        {
            var part = (await app.GetAsync($"/operator/deliveries?{query}")).Is(200).Data;
            seen.AddRange(
                part["items"]!.AsArray().Where(item => ours.Contains((string)item!["partnerId"]!)).Select(NameOf)
            );
            if (part["nextCursor"] is not { } next)
                break;
            query = $"limit=1&cursor={(string)next!}";
        }
        Assert.Equal([$"{first.Id} link.opened", $"{second.Id} link.created", $"{first.Id} link.created"], seen);
        Assert.Equal(
            [$"{first.Id} link.opened"],
            (await FailedAsync($"partnerId={first.Id}&event=link.opened")).Select(NameOf)
        );
        (await app.GetAsync("/operator/deliveries?status=pending")).Is(400);
    }

    [Fact]
    public async Task A_row_too_many_is_not_shown()
    {
        var (partner, inbox) = await FailingAsync();
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        var row = Assert.Single(await RowsAsync(partner));
        var id = (string)Assert.Single(await FailedAsync($"partnerId={partner.Id}"))!["delivery"]!["deliveryId"]!;
        inbox.AnswerWith(200);
        (await app.PostAsync($"/operator/partners/{partner.Id}/deliveries/{id}/replay")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        // As a crash would leave it between the delivery and its index.
        await app.Table("FailedDeliveries").UpsertEntityAsync(row, cancellationToken: Cancel);
        Assert.Empty(await FailedAsync($"partnerId={partner.Id}"));
    }

    [Fact]
    public async Task An_operator_replays_all_that_failed_since_a_moment_and_sees_how_far_it_is()
    {
        var (partner, inbox) = await FailingAsync();
        var since = app.Clock.GetUtcNow();
        await partner.CreateLinkAsync();
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        Assert.Equal(2, (await FailedAsync($"partnerId={partner.Id}")).Count);
        inbox.AnswerWith(200);
        var path = $"/operator/partners/{partner.Id}/deliveries/replay";
        var begun = (await app.PostAsync(path, new { failedSince = since })).Is(202).Data;
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var replay = $"replays/{(string)begun["operationId"]!}";
        var progress = (await app.GetAsync($"/operator/partners/{partner.Id}/{replay}")).Is(200).Data;
        Assert.Equal(
            ("completed", 2, 2),
            ((string)progress["status"]!, (int)progress["found"]!, (int)progress["replayed"]!)
        );
        Assert.Empty(await FailedAsync($"partnerId={partner.Id}"));
        var other = await app.NewPartnerAsync();
        (await app.GetAsync($"/operator/partners/{other.Id}/{replay}")).Is(404);
        (await app.PostAsync(path, new { })).Is(400);
        (await app.PostAsync("/operator/partners/nobody/deliveries/replay", new { failedSince = since })).Is(404);
    }

    [Fact]
    public async Task A_delivery_of_another_partner_or_of_none_is_not_found()
    {
        var (partner, _) = await FailingAsync();
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        var id = (string)Assert.Single(await FailedAsync($"partnerId={partner.Id}"))!["delivery"]!["deliveryId"]!;
        var other = await app.NewPartnerAsync();
        foreach (
            var path in new[]
            {
                $"{other.Id}/deliveries/{id}",
                $"nobody/deliveries/{id}",
                $"{partner.Id}/deliveries/evt_x",
            }
        )
            (await app.PostAsync($"/operator/partners/{path}/replay")).Is(404);
    }

    [Fact]
    public async Task While_an_attempt_is_made_and_without_a_URL_an_operator_s_replay_is_refused()
    {
        var inbox = await app.NewInboxAsync();
        var (arrived, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        inbox.Answer = (_, _) =>
        {
            arrived.TrySetResult();
            return answer.Task;
        };
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        var log = (await partner.GetAsync("/partner/webhooks/deliveries")).Is(200).Data["items"]!;
        var path = $"/operator/partners/{partner.Id}/deliveries/{(string)log[0]!["deliveryId"]!}/replay";
        (await app.PostAsync(path)).Is(409, "DELIVERY_PENDING");
        answer.SetResult();
        await app.IdleAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", """{"url":null}""")).Is(200);
        (await app.PostAsync(path)).Is(409, "NO_WEBHOOK_URL");
        Assert.Single(inbox.Received);
    }

    private async Task<(TestPartner Partner, Inbox Inbox)> FailingAsync()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(503);
        return (await app.NewPartnerAsync(inbox, ["link.created", "link.opened"]), inbox);
    }

    private async Task<JsonArray> FailedAsync(string query) =>
        (await app.GetAsync($"/operator/deliveries?{query}")).Is(200).Data["items"]!.AsArray();

    private Task<List<Azure.Data.Tables.TableEntity>> RowsAsync(TestPartner partner) =>
        app.RowsAsync("FailedDeliveries", $"Partner eq '{partner.Id}'");

    private static string NameOf(JsonNode? item) =>
        $"{(string)item!["partnerId"]!} {(string)item["delivery"]!["event"]!}";
}
