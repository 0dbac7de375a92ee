using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Operations;
using Xunit;

namespace Serverless.Tests.Operations;

/// <summary>From the confirmation to the payout: what the sandbox's rail does with which cents, and when.</summary>
public sealed class PayoutTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] Events = ["operation.completed", "operation.failed"];

    [Fact]
    public async Task In_production_where_no_rail_is_connected_no_payout_is_said_to_have_arrived()
    {
        await using var production = await TestApp.StartAsync(
            ("Partners:Environment", "production"),
            ("PublicBaseUrl", "https://links.example")
        );
        var rail = production.Service<IPayoutRail>();
        Assert.IsType<HoldEveryPayout>(rail);
        Assert.IsType<PayoutState.Pending>(await rail.ReadAsync(null!, TestContext.Current.CancellationToken));
        Assert.IsType<SandboxPayoutRail>(app.Service<IPayoutRail>());
    }

    [Fact]
    public async Task A_transfer_is_paid_out_five_seconds_after_its_window()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Events));
        var id = await payer.TransferAsync(250.50m);
        await app.AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.Equal("created", await payer.StatusAsync(id));
        await app.AdvanceAsync(TimeSpan.FromSeconds(3));
        Assert.Equal("processing", await payer.StatusAsync(id));
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));

        var operation = await payer.OperationAsync(id);
        Assert.Equal("completed", (string?)operation["status"]);
        Assert.InRange((Time(operation["completedAt"]) - Time(operation["createdAt"])).TotalSeconds, 35, 40);
        Assert.Null(operation["failedAt"]);
        Assert.Equal("""{"amount":254.49,"currency":"USD"}""", operation["funding"]!.ToJsonString());
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal(
            ("operation.completed", id, "completed", (string?)operation["completedAt"]),
            (
                webhook.Event,
                (string?)webhook.Data["operationId"],
                (string?)webhook.Data["status"],
                (string?)webhook.Data["completedAt"]
            )
        );
    }

    [Fact]
    public async Task Cents_of_13_fail_with_a_reason()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Events));
        var id = await payer.TransferAsync(99.13m);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var operation = await payer.OperationAsync(id);
        Assert.Equal(
            ("failed", SandboxPayoutRail.FailureReason),
            ((string?)operation["status"], (string?)operation["failureReason"])
        );
        Assert.NotNull(operation["failedAt"]);
        Assert.Null(operation["completedAt"]);
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal(
            ("operation.failed", SandboxPayoutRail.FailureReason),
            (webhook.Event, (string?)webhook.Data["failureReason"])
        );
        (await payer.CancelAsync(id)).Is(409, "OPERATION_NOT_CANCELLABLE");
    }

    [Fact]
    public async Task Cents_of_14_take_ten_minutes()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Events));
        var id = await payer.TransferAsync(99.14m);
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("processing", await payer.StatusAsync(id));
        Assert.Empty(inbox.Received);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        var operation = await payer.OperationAsync(id);
        Assert.Equal("completed", (string?)operation["status"]);
        Assert.InRange((Time(operation["completedAt"]) - Time(operation["createdAt"])).TotalSeconds, 630, 635);
        Assert.Equal(["operation.completed"], inbox.Events);
    }

    [Theory]
    [InlineData(10, "operation.cancelled")]
    [InlineData(60, "operation.completed")]
    public async Task Of_an_erased_person_only_what_the_rail_already_has_is_paid(int seconds, string ending)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [.. Events, "operation.cancelled"]);
        var payer = await Payer.NewAsync(app, partner);
        var id = await payer.TransferAsync(100.14m);
        await app.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        (await partner.SendAsync(HttpMethod.Delete, $"/partner/users/{payer.Link.Reference}", null)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal([ending], inbox.Events);
        var operation = await payer.OperationAsync(id);
        Assert.Equal(ending, $"operation.{operation["status"]}");
        Assert.Null(operation["payout"]);
        var row = Assert.Single(
            await app.RowsAsync(
                "Users",
                $"PartitionKey eq '{partner.Id}|{payer.Link.Reference}' and RowKey eq 'operation|{id}'"
            )
        );
        Assert.False(row.ContainsKey("Method"));
        Assert.Equal(
            id,
            (string?)
                (await partner.GetAsync($"/partner/operations?linkId={payer.Link.Id}")).Is(200).Data["items"]![0]![
                    "operationId"
                ]
        );
    }

    [Fact]
    public async Task Completed_and_failed_are_told_to_subscribers_only()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var payer = await Payer.NewAsync(app, partner);
        await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["link.created", "link.opened", "operation.created"], inbox.Events.Order());
    }

    [Fact]
    public void The_rail_says_the_same_of_the_same_payout_and_never_takes_an_ending_back()
    {
        var submittedAt = new DateTimeOffset(2026, 5, 4, 10, 30, 0, TimeSpan.Zero);
        var samples = Gen.Choose(100, 1_000_000).Zip(Gen.Choose(0, 1_200)).Zip(Gen.Choose(0, 1_200));
        Prop.ForAll(
                Arb.From(samples),
                (((int Cents, int Look) First, int Look) sample) =>
                {
                    var ((cents, one), two) = sample;
                    PayoutState At(int seconds) =>
                        SandboxPayoutRail.StateOf(cents / 100m, submittedAt, submittedAt.AddSeconds(seconds));
                    var (earlier, later) = (At(Math.Min(one, two)), At(Math.Max(one, two)));
                    Assert.Equal(earlier, At(Math.Min(one, two)));
                    if (earlier is not PayoutState.Pending)
                        Assert.Equal(earlier, later);
                    Assert.Equal(cents % 100 == 13, At(1_200) is PayoutState.Failed);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static DateTimeOffset Time(System.Text.Json.Nodes.JsonNode? node) =>
        DateTimeOffset.Parse((string)node!, CultureInfo.InvariantCulture);
}
