using Xunit;

namespace Serverless.Tests.Operations;

/// <summary><c>POST /widget/links/{linkId}/cancel</c>: until the payout rail has the transfer.</summary>
public sealed class CancelTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] Operations =
    [
        "operation.created",
        "operation.cancelled",
        "operation.completed",
        "operation.failed",
    ];

    [Fact]
    public async Task Within_the_window_a_transfer_can_be_cancelled_and_is_never_paid()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Operations), "cust-1");
        var id = await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(25));
        var data = (await payer.CancelAsync(id, "  wrong sum ")).Is(200).Data;
        Assert.Equal(
            (id, "cancelled", "wrong sum"),
            ((string?)data["operationId"], (string?)data["status"], (string?)data["reason"])
        );

        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("cancelled", await payer.StatusAsync(id));
        Assert.Equal(["operation.created", "operation.cancelled"], inbox.Events);
        var webhook = inbox.Received[1].Data;
        Assert.Equal(
            (id, "cust-1", "cancelled", (string?)data["cancelledAt"], "wrong sum"),
            (
                (string?)webhook["operationId"],
                (string?)webhook["referenceId"],
                (string?)webhook["status"],
                (string?)webhook["cancelledAt"],
                (string?)webhook["reason"]
            )
        );
        Assert.Equal("completed", await payer.Link.StatusAsync());
    }

    [Fact]
    public async Task Cancelling_again_changes_nothing()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Operations));
        var id = await payer.TransferAsync();
        var first = (await payer.CancelAsync(id, "one")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(first.Data.ToJsonString(), (await payer.CancelAsync(id, "two")).Is(200).Data.ToJsonString());
        await app.IdleAsync();
        Assert.Single(inbox.Events, "operation.cancelled");
    }

    [Theory]
    [InlineData(31)]
    [InlineData(3600)]
    public async Task After_the_window_it_is_too_late(int seconds)
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        var id = await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        (await payer.CancelAsync(id)).Is(409, "OPERATION_NOT_CANCELLABLE");
    }

    [Fact]
    public async Task The_window_is_a_setting()
    {
        await using var own = await TestApp.StartAsync(("Operations:CancelWindow", "00:10:00"));
        var payer = await Payer.NewAsync(own, await own.NewPartnerAsync());
        var id = await payer.TransferAsync();
        await own.AdvanceAsync(TimeSpan.FromMinutes(9));
        (await payer.CancelAsync(id)).Is(200);
    }

    [Fact]
    public async Task Another_link_s_transfer_cannot_be_cancelled()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner);
        var other = await Payer.NewAsync(app, partner);
        var id = await payer.TransferAsync();
        (await other.CancelAsync(id)).Is(404, "RESOURCE_NOT_FOUND");
        (await payer.CancelAsync($"op_{partner.Id}_01kg0000000000000000000000")).Is(404, "RESOURCE_NOT_FOUND");
        (await payer.CancelAsync("x")).Is(404, "RESOURCE_NOT_FOUND");
        Assert.Equal(["operationId"], (await payer.PostAsync("cancel", "{}")).Is(400).Fields);
        Assert.Equal("created", await payer.StatusAsync(id));
    }

    [Fact]
    public async Task Of_20_parallel_cancellations_one_counts()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Operations));
        var id = await payer.TransferAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => payer.CancelAsync(id, $"reason {i}")));
        Assert.Single(replies.Select(reply => reply.Is(200).Data.ToJsonString()).Distinct());
        await app.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.Single(inbox.Events, "operation.cancelled");
    }

    [Fact]
    public async Task Cancelling_at_the_window_s_end_either_comes_first_or_too_late()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Operations);
        var payers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Payer.NewAsync(app, partner)));
        var transfers = await Task.WhenAll(
            payers.Select(async payer => (Payer: payer, Id: await payer.TransferAsync()))
        );
        await app.AdvanceAsync(TimeSpan.FromSeconds(20));

        var passing = app.AdvanceAsync(TimeSpan.FromSeconds(10.1));
        var replies = await Task.WhenAll(transfers.Select(transfer => transfer.Payer.CancelAsync(transfer.Id)));
        await passing;
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));

        foreach (var (transfer, reply) in transfers.Zip(replies))
        {
            var ended = inbox
                .Received.Where(webhook => (string?)webhook.Data["operationId"] == transfer.Id)
                .Select(webhook => webhook.Event)
                .Except(["operation.created"]);
            if (reply.Status == 409)
                reply.Is(409, "OPERATION_NOT_CANCELLABLE");
            Assert.Equal(reply.Status == 200 ? ["operation.cancelled"] : ["operation.completed"], ended);
            Assert.Equal(
                reply.Status == 200 ? "cancelled" : "completed",
                await transfer.Payer.StatusAsync(transfer.Id)
            );
        }
    }
}
