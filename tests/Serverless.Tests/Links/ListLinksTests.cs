using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Xunit;

namespace Serverless.Tests.Links;

/// <summary><c>GET /partner/links</c>.</summary>
public sealed class ListLinksTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Items_have_the_documented_members_and_no_token()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("cust-1", userData: Samples.LeastUserData(), metadata: new { a = 1 });
        await link.OpenAsync();
        var item = Assert.Single(await partner.ListAsync())!.AsObject();
        Assert.Equal(
            ["linkId", "referenceId", "status", "url", "expiresAt", "createdAt", "openedAt", "userId", "userData"],
            item.Select(member => member.Key)
        );
        Assert.Equal("""{"name":{"firstName":"Carlos","lastName":"G\u00F3mez"}}""", item["userData"]!.ToJsonString());
        foreach (var member in new[] { "linkId", "referenceId", "url", "expiresAt", "createdAt" })
            Assert.Equal((string?)link.Created[member], (string?)item[member]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?from=2020-01-01&to=2999-12-31")]
    public async Task Pages_are_newest_first_and_together_hold_everything_once(string range)
    {
        var partner = await app.NewPartnerAsync();
        var created = new List<TestLink>();
        for (var i = 0; i < 7; i++)
        {
            created.Add(await partner.CreateLinkAsync());
            await app.AdvanceAsync(TimeSpan.FromMinutes(25));
        }
        var seen = new List<string>();
        for (var page = 1; page <= 4; page++)
        {
            var data = (await partner.GetAsync($"/partner/links?page={page}&limit=3&{range.TrimStart('?')}"))
                .Is(200)
                .Data;
            Assert.Equal($$"""{"page":{{page}},"limit":3,"total":7,"totalPages":3}""", NumbersOf(data));
            Assert.Equal(page < 3, data["pagination"]!["nextCursor"] is not null);
            seen.AddRange(data["items"]!.AsArray().Select(item => (string)item!["linkId"]!));
        }
        Assert.Equal(created.Select(link => link.Id).Reverse(), seen);
    }

    [Fact]
    public async Task The_first_page_holds_20_unless_the_request_says_otherwise_and_100_at_most()
    {
        var partner = await app.NewPartnerAsync();
        await Task.WhenAll(Enumerable.Range(0, 23).Select(_ => partner.CreateLinkAsync()));
        var data = (await partner.GetAsync("/partner/links")).Data;
        Assert.Equal(20, data["items"]!.AsArray().Count);
        Assert.Equal("""{"page":1,"limit":20,"total":23,"totalPages":2}""", NumbersOf(data));
        Assert.Equal(23, (await partner.ListAsync("?limit=100")).Count);
        Assert.Equal(3, (await partner.ListAsync("?page=2")).Count);
        Assert.Empty(await partner.ListAsync("?page=1000000&limit=100"));
    }

    [Fact]
    public async Task An_empty_list_is_a_page_of_nothing() =>
        Assert.Equal(
            """{"items":[],"pagination":{"page":1,"limit":20,"total":0,"totalPages":0}}""",
            (await (await app.NewPartnerAsync()).GetAsync("/partner/links")).Is(200).Data.ToJsonString()
        );

    [Theory]
    [InlineData("", "revoked opened created expired-opened expired")]
    [InlineData("visibility=active", "opened created")]
    [InlineData("visibility=expired", "expired-opened expired")]
    [InlineData("status=created", "created expired")]
    [InlineData("status=opened", "opened expired-opened")]
    [InlineData("status=revoked", "revoked")]
    [InlineData("status=created&visibility=active", "created")]
    [InlineData("status=opened&visibility=expired", "expired-opened")]
    [InlineData("status=revoked&visibility=active", "")]
    [InlineData("status=revoked&visibility=expired", "")]
    public async Task Status_and_visibility_select_and_combine(string query, string expected)
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("expired", expiresInMinutes: 5);
        await (await partner.CreateLinkAsync("expired-opened", expiresInMinutes: 5)).OpenAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        await partner.CreateLinkAsync("created");
        await (await partner.CreateLinkAsync("opened")).OpenAsync();
        await (await partner.CreateLinkAsync("revoked")).RevokeAsync();

        Assert.Equal(
            expected,
            string.Join(' ', (await partner.ListAsync("?" + query)).Select(item => (string?)item!["referenceId"]))
        );
        // The same through one person's partition.
        foreach (var reference in new[] { "expired", "expired-opened", "created", "opened", "revoked" })
            Assert.Equal(
                expected.Split(' ').Contains(reference),
                (await partner.ListAsync($"?referenceId={reference}&{query}")).Count == 1
            );
    }

    [Fact]
    public async Task From_and_to_are_inclusive_to_the_millisecond()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync("cust-1");
        await first.RevokeAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        var second = await partner.CreateLinkAsync("cust-1");
        string At(TestLink link, int milliseconds) =>
            Uri.EscapeDataString(
                link.CreatedAt.AddMilliseconds(milliseconds)
                    .ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", System.Globalization.CultureInfo.InvariantCulture)
            );
        async Task<string> FoundAsync(string query)
        {
            var all = await partner.ListAsync("?" + query);
            Assert.Equal(all.ToJsonString(), (await partner.ListAsync("?referenceId=cust-1&" + query)).ToJsonString());
            return string.Join(' ', all.Select(item => (string?)item!["linkId"] == first.Id ? "first" : "second"));
        }

        Assert.Equal("second first", await FoundAsync($"from={At(first, 0)}"));
        Assert.Equal("second", await FoundAsync($"from={At(first, 1)}"));
        Assert.Equal("second first", await FoundAsync($"to={At(second, 0)}"));
        Assert.Equal("first", await FoundAsync($"to={At(second, -1)}"));
        Assert.Equal("first", await FoundAsync($"from={At(first, 0)}&to={At(first, 0)}"));
        Assert.Equal("", await FoundAsync($"from={At(second, 1)}"));
        Assert.Equal("", await FoundAsync($"to={At(first, -1)}"));
        Assert.Equal(
            ["to"],
            (await partner.GetAsync($"/partner/links?from={At(second, 0)}&to={At(first, 0)}")).Is(400).Fields
        );
    }

    [Theory]
    [InlineData("from=1969-12-31")]
    [InlineData("from=1601-01-01")]
    [InlineData("from=0001-01-01")]
    [InlineData("to=9999-12-31T23:59:59.999Z")]
    [InlineData("to=3200-01-01")]
    [InlineData("from=0001-01-01&to=9999-12-31")]
    public async Task A_range_beyond_all_links_holds_them_all(string query)
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("cust-1");
        Assert.Single(await partner.ListAsync("?" + query));
        Assert.Single(await partner.ListAsync("?referenceId=cust-1&" + query));
    }

    [Fact]
    public async Task A_row_of_the_index_that_a_lost_creation_left_behind_is_not_listed()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("cust-1");
        await app.IdleAsync();
        // As if the process had died between the index and the commit.
        var row = Assert.Single(
            await app.RowsAsync("Links", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        var lost = new TableEntity(row.PartitionKey, Ulid.New(link.CreatedAt.AddMilliseconds(1)).Inverted);
        foreach (var column in new[] { "Reference", "Url", "UserId", "CreatedAt", "ExpiresAt" })
            lost[column] = row[column];
        await app.Table("Links").AddEntityAsync(lost, TestContext.Current.CancellationToken);

        var data = (await partner.GetAsync("/partner/links")).Is(200).Data;
        Assert.Equal(link.Id, (string?)Assert.Single(data["items"]!.AsArray())!["linkId"]);
        Assert.Equal(1, (int)data["pagination"]!["total"]!);
        (await partner.GetAsync($"/partner/links/link_{partner.Id}_{Ulid.Invert(lost.RowKey)}")).Is(
            404,
            "RESOURCE_NOT_FOUND"
        );
    }

    [Theory]
    [InlineData("page=0", "page")]
    [InlineData("page=-1", "page")]
    [InlineData("page=x", "page")]
    [InlineData("page=1.5", "page")]
    [InlineData("page=", "page")]
    [InlineData("page=1&page=2", "page")]
    [InlineData("page=99999999999", "page")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=+5", "limit")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-02-30", "from")]
    [InlineData("from=2026-01-01T25:00:00Z", "from")]
    [InlineData("to=01/02/2026", "to")]
    [InlineData("to=1767225600", "to")]
    [InlineData("visibility=all", "visibility")]
    [InlineData("visibility=Active", "visibility")]
    [InlineData("status=expired", "status")]
    [InlineData("status=in_progress", "status")]
    [InlineData("status=completed", "status")]
    [InlineData("referenceId=a%20b", "referenceId")]
    [InlineData("referenceId=a%00", "referenceId")]
    [InlineData(
        "page=0&limit=0&from=x&to=x&visibility=x&status=x&referenceId=%20",
        "referenceId visibility status from to page limit"
    )]
    public async Task A_bad_query_is_refused_by_name(string query, string fields)
    {
        var reply = await (await app.NewPartnerAsync()).GetAsync("/partner/links?" + query);
        Assert.Equal(fields.Split(' '), reply.Is(400, "INVALID_REQUEST").Fields);
    }

    /// <summary>The pagination without its cursor.</summary>
    private static string NumbersOf(JsonNode data)
    {
        var pagination = data["pagination"]!.DeepClone().AsObject();
        pagination.Remove("nextCursor");
        return pagination.ToJsonString();
    }
}
