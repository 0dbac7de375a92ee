using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Maintenance;

public sealed class DropOldNoncesTests
{
    private const string Somewhere = "/eapi/v0/nowhere";

    /// <summary>By the wall clock, which nonces are judged by: one that would still be accepted stays used.</summary>
    [Fact]
    public async Task Nonces_of_a_day_are_dropped_once_the_next_day_is_over_and_no_other_table_is()
    {
        await using var app = await TestApp.StartAsync();
        var partner = (await app.NewPartnerAsync()).Identity;
        var now = DateTimeOffset.UtcNow;
        foreach (
            var name in new[] { "Nonces0other", Name(now.AddDays(-9)), Name(now.AddDays(-2)), Name(now.AddDays(1)) }
        )
            await Azurite.Tables.CreateTableAsync(app.Prefix + name, TestContext.Current.CancellationToken);
        (await partner.GetAsync(Somewhere)).Is(404);
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        var kept = await NonceTablesAsync(app);
        Assert.Contains(Name(now.AddDays(1)), kept);
        Assert.Contains(Name(now), kept);
        Assert.DoesNotContain(Name(now.AddDays(-2)), kept);
        Assert.DoesNotContain(Name(now.AddDays(-9)), kept);
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
        var costs = JsonNode.Parse(
            await http.GetStringAsync(new Uri(app.Address, "/local/costs"), TestContext.Current.CancellationToken)
        )!;
        return (int)
            costs["operations"]!.AsArray().First(operation => (string?)operation!["operation"] == "ZUnknownRoute")![
                "total"
            ]!;
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
