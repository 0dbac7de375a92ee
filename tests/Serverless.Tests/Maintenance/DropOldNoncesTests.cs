using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Maintenance;

public sealed class DropOldNoncesTests
{
    private const string Somewhere = "/eapi/v0/nowhere";

    [Fact]
    public async Task Nonces_of_a_day_are_dropped_once_the_next_day_is_over_and_no_other_table_is()
    {
        await using var app = await TestApp.StartAsync();
        var partner = (await app.NewPartnerAsync()).Identity;
        await Azurite.Tables.CreateTableAsync(app.Prefix + "Nonces0other", TestContext.Current.CancellationToken);
        (await partner.GetAsync(Somewhere)).Is(404);
        var first = app.Clock.GetUtcNow();
        Assert.Equal([Name(first)], await NonceTablesAsync(app));

        await app.AdvanceAsync(TimeSpan.FromDays(1));
        (await partner.GetAsync(Somewhere)).Is(404);
        Assert.Equal([Name(first), Name(first.AddDays(1))], await NonceTablesAsync(app));
        await app.AdvanceAsync(first.UtcDateTime.Date.AddDays(2).AddHours(5) - app.Clock.GetUtcNow().UtcDateTime);
        Assert.Equal([Name(first.AddDays(1))], await NonceTablesAsync(app));
        await app.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Empty(await NonceTablesAsync(app));
        (await partner.GetAsync(Somewhere)).Is(404);
    }

    [Fact]
    public async Task A_request_costs_one_storage_transaction()
    {
        await using var app = await TestApp.StartAsync(("Identities:CallsPerMinute", "1000"));
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.GetAsync(Somewhere)).Is(404);
        var before = await CostAsync(app);
        for (var i = 0; i < 50; i++)
            (await partner.GetAsync(Somewhere)).Is(404);
        // The key and the partner are looked up again when five seconds have passed.
        Assert.InRange(await CostAsync(app) - before, 50, 54);
    }

    private static async Task<int> CostAsync(TestApp app)
    {
        using var http = new HttpClient();
        var costs = JsonNode.Parse(await http.GetStringAsync(new Uri(app.Address, "/local/costs"), TestContext.Current.CancellationToken))!;
        return (int)costs["operations"]!.AsArray().First(operation => (string?)operation!["operation"] == "ZUnknownRoute")!["total"]!;
    }

    private static async Task<List<string>> NonceTablesAsync(TestApp app)
    {
        var names = new List<string>();
        await foreach (var table in Azurite.Tables.QueryAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            if (table.Name.StartsWith(app.Prefix + "Nonces2", StringComparison.Ordinal))
                names.Add(table.Name[app.Prefix.Length..]);
            else if (table.Name == app.Prefix + "Nonces0other")
                names.Insert(0, "other");
        }
        Assert.Equal("other", names[0]);
        return [.. names.Skip(1).Order()];
    }

    private static string Name(DateTimeOffset day) => $"Nonces{day:yyyyMMdd}";
}
