using System.Text.Json.Nodes;
using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Operations;

/// <summary><c>POST /widget/links/{linkId}/confirm</c>: one quote, one transfer.</summary>
public sealed class ConfirmTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] Everything = ["link.in_progress", "link.completed", "operation.created"];

    [Fact]
    public async Task Confirming_makes_the_transfer_completes_the_link_and_tells_the_partner()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Everything);
        var payer = await Payer.NewAsync(app, partner, "cust-1", metadata: new { order = 7 });
        var data = (await payer.ConfirmAsync(await payer.QuoteIdAsync(100m))).Is(201).Data;

        var id = (string)data["operationId"]!;
        Assert.Matches($"^op_{partner.Id}_[0-9a-z]{{26}}$", id);
        Assert.Equal((payer.Link.Id, "created"), ((string?)data["linkId"], (string?)data["status"]));
        Assert.Equal("""{"type":"bank_account","country":"MX","last4":"9719"}""", data["payout"]!.ToJsonString());

        var detail = (await payer.Link.GetAsync()).Is(200).Data;
        Assert.Equal(("completed", id), ((string?)detail["status"], (string?)detail["operationId"]));
        Assert.Equal(id, (string?)Assert.Single(await partner.ListAsync())!["operationId"]);

        await app.IdleAsync();
        Assert.Equal(Everything.Order(), inbox.Events.Order());
        var created = inbox.Received.Single(webhook => webhook.Event == "operation.created").Data;
        Assert.Equal(
            ["linkId", "userId", "referenceId", "operationId", "amount", "status", "createdAt", "metadata"],
            created.AsObject().Select(member => member.Key)
        );
        Assert.Equal(
            (payer.Link.Id, (string?)detail["userId"], "cust-1", id, "created", (string?)data["createdAt"]),
            (
                (string?)created["linkId"],
                (string?)created["userId"],
                (string?)created["referenceId"],
                (string?)created["operationId"],
                (string?)created["status"],
                (string?)created["createdAt"]
            )
        );
        Assert.Equal(
            """{"send":100.00,"receive":1705.00,"rate":17.05,"fee":3.99,"currency":{"source":"USD","destination":"MXN"}}""",
            created["amount"]!.ToJsonString()
        );
        var completed = inbox.Received.Single(webhook => webhook.Event == "link.completed").Data;
        Assert.Equal(
            (payer.Link.Id, id, "completed"),
            ((string?)completed["linkId"], (string?)completed["operationId"], (string?)completed["status"])
        );
    }

    [Fact]
    public async Task A_completed_link_makes_way_for_the_next_one()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner, "cust-1");
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(409, "ACTIVE_LINK_EXISTS");
        await payer.TransferAsync();
        await partner.CreateLinkAsync("cust-1");
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal("completed", await payer.Link.StatusAsync());
    }

    [Fact]
    public async Task Confirming_again_gives_the_same_transfer()
    {
        var inbox = await app.NewInboxAsync();
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync(inbox, Everything));
        var quote = await payer.QuoteIdAsync();
        var first = (await payer.ConfirmAsync(quote)).Is(201).Data;
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        var second = (await payer.ConfirmAsync(quote)).Is(200).Data;
        Assert.Equal(first.ToJsonString(), second.ToJsonString());

        // Long after the quote and the link are over, too.
        await app.AdvanceAsync(TimeSpan.FromHours(3));
        Assert.Equal(
            (string?)first["operationId"],
            (string?)(await payer.ConfirmAsync(quote)).Is(200).Data["operationId"]
        );
        Assert.Equal(Everything.Order(), inbox.Events.Order());
    }

    [Fact]
    public async Task Another_quote_of_a_completed_link_is_refused()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner);
        var other = await payer.QuoteIdAsync(200m);
        await payer.TransferAsync();
        (await payer.ConfirmAsync(other)).Is(409, "LINK_COMPLETED");
        (await partner.PostTicketAsync(payer.Link)).Is(409, "LINK_COMPLETED");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_50_parallel_confirmations_one_makes_the_transfer(bool sameQuote)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Everything);
        var payer = await Payer.NewAsync(app, partner);
        string[] quotes = [await payer.QuoteIdAsync(100m), await payer.QuoteIdAsync(200m)];
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => payer.ConfirmAsync(quotes[sameQuote ? 0 : i % 2]))
        );

        var made = Assert.Single(replies, reply => reply.Status == 201);
        var id = (string)made.Data["operationId"]!;
        Assert.Equal(
            sameQuote ? 50 : 25,
            replies.Count(reply => reply.Status < 300 && (string?)reply.Data["operationId"] == id)
        );
        Assert.All(replies.Where(reply => reply.Status >= 300), reply => reply.Is(409, "LINK_COMPLETED"));
        await app.IdleAsync();
        Assert.Single(
            await app.RowsAsync("Operations", $"PartitionKey gt '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        Assert.Single(
            await app.RowsAsync(
                "Users",
                $"PartitionKey eq '{partner.Id}|{payer.Link.Reference}' and RowKey ge 'operation|' and RowKey lt 'operation}}'"
            )
        );

        // What the losers announced is dropped.
        await app.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.Equal(Everything.Order(), inbox.Events.Order());
        Assert.Equal(
            id,
            (string?)
                Assert.Single((await partner.GetAsync("/partner/operations")).Is(200).Data["items"]!.AsArray())![
                    "operationId"
                ]
        );
    }

    [Fact]
    public async Task A_quote_is_kept_to_for_ten_minutes()
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        var old = await payer.QuoteIdAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        var young = await payer.QuoteIdAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await payer.ConfirmAsync(old)).Is(409, "QUOTE_EXPIRED");
        (await payer.ConfirmAsync(young)).Is(201);
    }

    [Fact]
    public async Task A_quote_is_of_its_own_link()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner);
        var other = await Payer.NewAsync(app, partner);
        (await payer.ConfirmAsync(await other.QuoteIdAsync())).Is(404, "RESOURCE_NOT_FOUND");
        (await payer.ConfirmAsync("quote_x_01kg0000000000000000000000")).Is(404, "RESOURCE_NOT_FOUND");
        Assert.Equal(["quoteId"], (await payer.PostAsync("confirm", "{}")).Is(400).Fields);
        Assert.Equal("opened", await payer.Link.StatusAsync());
    }

    [Fact]
    public async Task A_person_who_is_not_verified_cannot_confirm()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner, verified: false);
        (await payer.ConfirmAsync(await payer.QuoteIdAsync())).Is(409, "CIP_NOT_READY");
        Assert.Equal("opened", await payer.Link.StatusAsync());
        Assert.Empty((await partner.GetAsync("/partner/operations")).Is(200).Data["items"]!.AsArray());
    }

    [Fact]
    public async Task Without_a_payment_method_there_is_no_transfer_until_the_person_gives_one()
    {
        var payer = await Payer.WithoutMethodAsync(app, await app.NewPartnerAsync());
        var quote = await payer.QuoteIdAsync();
        Assert.Equal(["paymentMethod"], (await payer.ConfirmAsync(quote)).Is(400, "INVALID_REQUEST").Fields);
        Assert.Equal(
            ["paymentMethod.bankAccount"],
            (await payer.ConfirmAsync(quote, JsonNode.Parse("""{"type":"bank_account"}"""))).Is(400).Fields
        );
        var data = (
            await payer.ConfirmAsync(
                quote,
                JsonNode.Parse("""{"type":"cash","cash":{"provider":"Oxxo","reference":"R-77"}}""")
            )
        )
            .Is(201)
            .Data;
        Assert.Equal("""{"type":"cash"}""", data["payout"]!.ToJsonString());
    }

    [Fact]
    public async Task A_method_that_the_person_types_loses_to_the_partner_s()
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        var data = (
            await payer.ConfirmAsync(
                await payer.QuoteIdAsync(),
                JsonNode.Parse("""{"type":"cash","cash":{"provider":"Oxxo","reference":"R-77"}}""")
            )
        )
            .Is(201)
            .Data;
        Assert.Equal("bank_account", (string?)data["payout"]!["type"]);
    }

    [Fact]
    public async Task A_transfer_keeps_the_method_that_it_was_confirmed_with()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner, "cust-1");
        var id = await payer.TransferAsync();
        await partner.CreateLinkAsync("cust-1", userData: Samples.LeastUserData());
        Assert.Equal(
            """{"type":"bank_account","country":"MX","last4":"9719"}""",
            (await payer.OperationAsync(id))["payout"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task No_account_is_stored_or_sent_in_clear()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [.. Everything, "operation.completed"]);
        var payer = await Payer.NewAsync(app, partner);
        await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        var rows = await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|{payer.Link.Reference}'");
        rows.AddRange(await app.RowsAsync("Operations"));
        Assert.DoesNotContain(
            rows.SelectMany(row => row.Keys.Select(column => row[column])).OfType<string>(),
            text => text.Contains(Samples.Clabe, StringComparison.Ordinal)
        );
        Assert.All(inbox.Received, webhook => Assert.DoesNotContain("9719", webhook.Text, StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains(Samples.Clabe, StringComparison.Ordinal));
        Assert.Contains("operation.completed", inbox.Events);
    }
}
