using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Tests.Operations;

/// <summary>
/// <c>GET /partner/operations</c> and <c>GET /partner/operations/{id}</c>.
/// </summary>
public sealed class ListOperationsTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Every_filter_finds_what_it_names_newest_first()
    {
        var partner = await app.NewPartnerAsync();
        var payers = new List<(Payer Payer, string Id)>();
        foreach (var (reference, send) in new[] { ("cust-1", 100.00m), ("cust-2", 100.13m), ("cust-1", 100.14m) })
        {
            var payer = await NewPayerAsync(partner, reference);
            payers.Add((payer, await payer.TransferAsync(send)));
            await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        }
        var last = await NewPayerAsync(partner, "cust-3");
        payers.Add((last, await last.TransferAsync()));
        var cancelled = await NewPayerAsync(partner, "cust-4");
        payers.Add((cancelled, await cancelled.TransferAsync()));
        await cancelled.CancelAsync(payers[4].Id);
        var ids = payers.Select(payer => payer.Id).ToArray();
        var operations = await Task.WhenAll(payers.Select(payer => payer.Payer.OperationAsync(payer.Id)));

        Assert.Equal(Enumerable.Reverse(ids), await ListAsync(partner, ""));
        Assert.Equal([ids[2], ids[0]], await ListAsync(partner, "?referenceId=cust-1"));
        Assert.Equal([ids[2], ids[0]], await ListAsync(partner, $"?userId={operations[0]["userId"]}"));
        Assert.Equal([ids[1]], await ListAsync(partner, $"?linkId={payers[1].Payer.Link.Id}"));
        Assert.Equal([ids[0]], await ListAsync(partner, "?status=completed"));
        Assert.Equal([ids[1]], await ListAsync(partner, "?status=failed"));
        Assert.Equal([ids[2]], await ListAsync(partner, "?status=processing"));
        Assert.Equal([ids[3]], await ListAsync(partner, "?status=created"));
        Assert.Equal([ids[4]], await ListAsync(partner, "?status=cancelled"));
        Assert.Equal([ids[2]], await ListAsync(partner, "?referenceId=cust-1&status=processing"));
        Assert.Empty(await ListAsync(partner, "?referenceId=cust-2&status=processing"));
        Assert.Empty(await ListAsync(partner, $"?referenceId=cust-2&linkId={payers[0].Payer.Link.Id}"));

        var (from, to) = ((string)operations[1]["createdAt"]!, (string)operations[2]["createdAt"]!);
        Assert.Equal([ids[2], ids[1]], await ListAsync(partner, $"?from={from}&to={to}"));
        Assert.Equal([ids[0]], await ListAsync(partner, $"?to={from}&status=completed"));
        Assert.Equal([ids[2]], await ListAsync(partner, $"?referenceId=cust-1&from={from}"));

        var page = (await partner.GetAsync("/partner/operations?page=2&limit=2")).Is(200).Data;
        Assert.Equal([ids[2], ids[1]], Ids(page));
        Assert.StartsWith(
            """{"page":2,"limit":2,"total":5,"totalPages":3,"nextCursor":""",
            page["pagination"]!.ToJsonString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_item_has_the_contract_s_members_and_is_the_same_as_the_detail()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await NewPayerAsync(partner, "cust-1");
        var id = await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var item = (await partner.GetAsync("/partner/operations")).Is(200).Data["items"]![0]!;
        Assert.Equal(
            [
                "operationId",
                "userId",
                "linkId",
                "status",
                "amount",
                "createdAt",
                "referenceId",
                "funding",
                "payout",
                "completedAt",
            ],
            item.AsObject().Select(member => member.Key)
        );
        Assert.Equal(
            ["send", "receive", "rate", "fee", "currency"],
            item["amount"]!.AsObject().Select(member => member.Key)
        );
        Assert.Equal("""{"type":"bank_account","country":"MX","last4":"9719"}""", item["payout"]!.ToJsonString());
        Assert.Equal(item.ToJsonString(), (await payer.OperationAsync(id)).ToJsonString());
    }

    [Fact]
    public async Task Another_partner_s_transfers_are_not_there()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await NewPayerAsync(partner, "cust-1");
        var id = await payer.TransferAsync();
        var stranger = await app.NewPartnerAsync();
        (await stranger.GetAsync($"/partner/operations/{id}")).Is(404, "RESOURCE_NOT_FOUND");
        Assert.Empty(await ListAsync(stranger, ""));
        Assert.Empty(await ListAsync(stranger, "?referenceId=cust-1"));
        Assert.Empty(await ListAsync(stranger, $"?linkId={payer.Link.Id}"));
        Assert.Empty(await ListAsync(stranger, $"?userId={(await payer.OperationAsync(id))["userId"]}"));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("op_demo_01kg0000000000000000000000")]
    public async Task What_never_was_is_404(string id) =>
        (await (await app.NewPartnerAsync()).GetAsync($"/partner/operations/{id}")).Is(404, "RESOURCE_NOT_FOUND");

    [Fact]
    public async Task All_that_is_wrong_with_a_query_is_told_at_once()
    {
        var reply = await (await app.NewPartnerAsync()).GetAsync(
            "/partner/operations?page=0&limit=101&from=x&to=&referenceId=%20&userId=%20&linkId=%20&status=paid"
        );
        Assert.Equal(
            ["from", "limit", "linkId", "page", "referenceId", "status", "to", "userId"],
            reply.Is(400, "INVALID_REQUEST").Fields.Order()
        );
    }

    [Fact]
    public async Task A_row_left_behind_by_a_confirmation_that_never_was_is_not_listed()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await NewPayerAsync(partner, "cust-1");
        var id = await payer.TransferAsync();
        await app.IdleAsync();
        var row = Assert.Single(
            await app.RowsAsync("Operations", $"PartitionKey gt '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        var ghost = new TableEntity(row.PartitionKey, row.RowKey[..^1] + (row.RowKey[^1] == '0' ? '1' : '0'))
        {
            ["Reference"] = "cust-1",
            ["LinkId"] = payer.Link.Id,
            ["UserId"] = "u",
            ["CreatedAt"] = row["CreatedAt"],
        };
        await app.Table("Operations").AddEntityAsync(ghost, TestContext.Current.CancellationToken);
        Assert.Equal([id], await ListAsync(partner, ""));
    }

    [Fact]
    public async Task What_the_index_missed_is_copied_by_the_follow_up()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await NewPayerAsync(partner, "cust-1");
        var id = await payer.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        // As if the process had died between each change and its copy: the row as it was written before the first
        // commit, and no event followed up.
        var row = Assert.Single(
            await app.RowsAsync("Operations", $"PartitionKey gt '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        foreach (var column in new[] { "Committed", "ProcessingAt", "CompletedAt" })
            row.Remove(column);
        await app.Table("Operations")
            .UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, TestContext.Current.CancellationToken);
        foreach (
            var happened in await app.RowsAsync(
                "Users",
                $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'event|' and RowKey lt 'event}}'"
            )
        )
        {
            happened.Remove("FollowedUpAt");
            await app.Table("Users")
                .UpdateEntityAsync(
                    happened,
                    happened.ETag,
                    TableUpdateMode.Replace,
                    TestContext.Current.CancellationToken
                );
        }
        Assert.Empty(await ListAsync(partner, "?status=completed"));

        // A minute after its end the flow announces what was forgotten.
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal([id], await ListAsync(partner, "?status=completed"));
    }

    private async Task<Payer> NewPayerAsync(TestPartner partner, string reference) =>
        (await partner.GetAsync($"/partner/operations?referenceId={reference}")).Is(200).Data["items"]!.AsArray().Count
        == 0
            ? await Payer.NewAsync(app, partner, reference)
            : await Payer.AgainAsync(app, partner, reference);

    private static async Task<string[]> ListAsync(TestPartner partner, string query) =>
        Ids((await partner.GetAsync("/partner/operations" + query)).Is(200).Data);

    private static string[] Ids(JsonNode page) =>
        [.. page["items"]!.AsArray().Select(item => (string)item!["operationId"]!)];
}
