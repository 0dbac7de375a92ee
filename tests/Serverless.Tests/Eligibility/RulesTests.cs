using System.Text.Json.Nodes;
using Serverless.Functions.Eligibility;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>The data file: what is wrong with one is said when the app starts.</summary>
public sealed class RulesTests
{
    [Fact]
    public void The_rules_that_come_with_the_app_are_the_table_of_the_contract()
    {
        var rules = Load(null);
        Assert.Equal(
            [("express", 500m, true, 4), ("standard", 9000m, false, 7), ("additional", 100000m, false, 9)],
            rules
                .TiersOf(null)
                .Select(tier => (tier.Name, tier.Limits["monthly"], tier.FirstTransactionOnly, tier.Requirements.Count))
        );
        Assert.Equal(rules.TiersOf(null), rules.TiersOf("DE"));
    }

    [Fact]
    public void Another_file_replaces_them()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("rules-").FullName, "own.json");
        File.WriteAllText(path, With(rules => rules["minimumAge"] = 21));
        Assert.Equal(21, Load(path).MinimumAge);
        Assert.Contains(
            "cannot be read",
            Assert.Throws<InvalidOperationException>(() => Load(path + ".missing")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_app_with_bad_rules_does_not_start()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestApp.StartAsync(("Eligibility:Rules", """{"asOf":"2026-11-02"}"""))
        );
        Assert.Contains("Eligibility:Rules", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fiats.EUR", "2", "fiats.EUR must be 1")]
    [InlineData("fiats.USD", null, "fiats must have USD")]
    [InlineData("fiats.usd", "1", "1 to 10 upper-case")]
    [InlineData("fiats.GBP", "0", "fiats.GBP must be worth")]
    [InlineData("fiats.GBP", "\"1\"", "fiats.GBP")]
    [InlineData("cryptos.BTC.price", "-1", "cryptos.BTC must be worth")]
    [InlineData("cryptos.BTC.blockchains", "[]", "cryptos.BTC.blockchains must not be empty")]
    [InlineData(
        "cryptos.BTC.restricted",
        "[\"XX\",\"US-XX\"]",
        "'XX' is no country, no group and no state of the US; cryptos.BTC.restricted: 'US-XX'"
    )]
    [InlineData("restricted", "[\"EU\"]", "restricted: 'EU' is no country")]
    [InlineData("groups.EEA", "[\"XX\"]", "groups.EEA: 'XX' is no country")]
    [InlineData("groups.DE", "[\"DE\"]", "groups.DE has a name that means something else")]
    [InlineData("tables.default", null, "tables.default is missing")]
    [InlineData("tables.default", "[]", "must end with a tier that is not for the first transaction only")]
    [InlineData("tables.XX", "[]", "tables.XX is no country and no group")]
    [InlineData(
        "tables.default.1.requirements",
        "[\"NAME\",\"ADDRESS\",\"DOB\"]",
        "tables.default.standard must have TIN"
    )]
    [InlineData("tables.default.0.requirements", "[\"SHOE_SIZE\"]", "there is no requirement 'SHOE_SIZE'")]
    [InlineData(
        "tables.default.0.limits.hourly",
        "5",
        "limits.hourly is not one of transaction, daily, weekly, monthly, annual"
    )]
    [InlineData("tables.default.0.limits.daily", "0", "limits.daily must be more than 0")]
    [InlineData("tables.default.0.limit", "5", "limit")]
    [InlineData("provider.min", "30000", "provider.min is more than the most")]
    [InlineData("provider", null, "provider")]
    [InlineData("minimumAge", "-1", "minimumAge")]
    [InlineData("asOf", "\"yesterday\"", "asOf")]
    public void What_makes_no_sense_is_named(string path, string? json, string problem)
    {
        var text = With(rules =>
        {
            var names = path.Split('.');
            JsonNode at = rules;
            foreach (var name in names[..^1])
                at = at is JsonArray array
                    ? array[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)]!
                    : at[name]!;
            if (json is null)
                at.AsObject().Remove(names[^1]);
            else
                at[names[^1]] = JsonNode.Parse(json);
        });
        Assert.Contains(
            problem,
            Assert.Throws<InvalidOperationException>(() => Load(text)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Two_tables_for_one_country_are_ambiguous()
    {
        var text = With(rules =>
        {
            rules["groups"]!["ONE"] = new JsonArray("DE");
            rules["tables"]!["ONE"] = rules["tables"]!["default"]!.DeepClone();
            rules["tables"]!["EEA"] = rules["tables"]!["default"]!.DeepClone();
        });
        Assert.Contains(
            "'DE' is in two groups",
            Assert.Throws<InvalidOperationException>(() => Load(text)).Message,
            StringComparison.Ordinal
        );
    }

    private static EligibilityRules Load(string? setting) => EligibilityRules.Load(setting);

    private static string With(Action<JsonObject> change)
    {
        var rules = JsonNode.Parse(EligibilityRules.BuiltIn())!.AsObject();
        change(rules);
        return rules.ToJsonString();
    }
}
