using Serverless.Functions.Webhooks.Deliveries;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>A data request is sent as long as its answer is needed, and no longer.</summary>
public sealed class DataRequestDeliveryTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Three_attempts_are_made_before_a_near_deadline_and_none_after_it()
    {
        var (_, inbox, link) = await AskedAsync(minutes: 5);
        await app.AdvanceAsync(TimeSpan.FromHours(48));
        Assert.Equal(3, inbox.Received.Count);
        Assert.All(inbox.Received, webhook => Assert.True(webhook.At < link.ExpiresAt));
    }

    [Fact]
    public async Task With_a_far_deadline_the_schedule_is_the_documented_one()
    {
        var (_, inbox, _) = await AskedAsync(minutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(48));
        Schedule.AssertFollowed(inbox.Received);
    }

    [Fact]
    public async Task An_answered_request_is_not_sent_again()
    {
        var (partner, inbox, link) = await AskedAsync(minutes: 60);
        var id = (string)Assert.Single(inbox.Received).Data["dataRequestId"]!;
        (
            await partner.PutAsync(
                $"/partner/data-requests/{id}",
                new { referenceId = link.Reference, userData = new { dob = "1990-05-14" } }
            )
        ).Is(200);
        await app.AdvanceAsync(TimeSpan.FromHours(3));
        Assert.Single(inbox.Received);
        await SupersededAsync(partner, "fulfilled");
    }

    [Fact]
    public async Task A_cancelled_request_is_not_sent_again()
    {
        var (partner, inbox, link) = await AskedAsync(minutes: 60);
        (await link.RevokeAsync()).Is(200);
        await app.AdvanceAsync(TimeSpan.FromHours(3));
        Assert.Single(inbox.Received);
        await SupersededAsync(partner, "cancelled");
    }

    [Fact]
    public async Task A_request_whose_queue_was_late_is_not_sent_after_its_deadline()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        var link = await partner.CreateLinkAsync(expiresInMinutes: 5);
        await link.OpenAsync();
        await app.IdleAsync();
        var delivery = Assert.Single(await app.DeliveriesAsync(partner));
        // As it stands before its first attempt; the message that comes late is sent by hand.
        await app.Table("Deliveries")
            .UpdateEntityAsync(
                (delivery with { Status = DeliveryStatus.Pending, Attempts = [] }).ToRow(),
                Azure.ETag.All,
                Azure.Data.Tables.TableUpdateMode.Replace,
                TestContext.Current.CancellationToken
            );
        await app.AdvanceAsync(TimeSpan.FromMinutes(20));
        await app.Service<Serverless.Functions.Events.AppQueues>()
            .Webhooks.SendAsync(
                new DeliveryTask(partner.Id, delivery.Id.Text, 1),
                $"{delivery.WebhookId}:late",
                due: null,
                TestContext.Current.CancellationToken
            );
        await app.IdleAsync();
        Assert.Single(inbox.Received);
        await SupersededAsync(partner, "expired");
    }

    private async Task<(TestPartner Partner, Inbox Inbox, TestLink Link)> AskedAsync(int minutes)
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        var link = await partner.CreateLinkAsync(expiresInMinutes: minutes);
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        return (partner, inbox, link);
    }

    private async Task SupersededAsync(TestPartner partner, string why)
    {
        var delivery = Assert.Single(await app.DeliveriesAsync(partner));
        Assert.Equal(DeliveryStatus.Superseded, delivery.Status);
        Assert.Contains(why, delivery.Note, StringComparison.Ordinal);
        Assert.Null(delivery.NextAttemptAt);
    }
}

internal static class DeliveryRows
{
    /// <summary>The partner's deliveries as they are kept.</summary>
    public static async Task<List<Delivery>> DeliveriesAsync(this TestApp app, TestPartner partner)
    {
        await app.IdleAsync();
        var rows = await app.RowsAsync(
            "Deliveries",
            $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'"
        );
        return
        [
            .. rows.Select(row =>
                Delivery.FromRow(
                    row,
                    Serverless.Functions.Ids.PartnerId.FromStorage(partner.Id),
                    Serverless.Functions.Storage.TimeIndex.IdOf(row)
                )
            ),
        ];
    }
}
