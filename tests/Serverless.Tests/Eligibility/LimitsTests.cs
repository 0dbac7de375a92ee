using System.Globalization;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>
/// Rolling limits, with small ones of our own in the currency of transfers.
/// </summary>
public sealed class LimitsTests(LimitsTests.AppWithSmallLimits fixture) : IClassFixture<LimitsTests.AppWithSmallLimits>
{
    private const string Rules = """
        {
          "asOf": "2026-11-02", "currency": "USD", "minimumAge": 18,
          "fiats": { "USD": 1, "EUR": 1.1 },
          "cryptos": { "BTC": { "price": 50000, "blockchains": ["BTC"] } },
          "groups": { "NORTH": ["DK", "SE"] },
          "restricted": [],
          "tables": {
            "default": [
              { "name": "first", "firstTransactionOnly": true, "requirements": ["NAME"], "limits": { "transaction": 100, "monthly": 100 } },
              { "name": "second", "requirements": ["NAME", "TIN"], "limits": { "monthly": 900 } },
              { "name": "third", "requirements": ["NAME", "TIN", "OCCUPATION"], "limits": { "daily": 800, "annual": 4000 } }
            ],
            "NORTH": [ { "name": "only", "requirements": ["POA"], "limits": {} } ],
            "SE": [ { "name": "only", "requirements": ["TIN"], "limits": {} } ]
          },
          "provider": { "min": 1, "limits": { "transaction": 1000, "daily": 1000, "weekly": 2000, "monthly": 3000 } },
          "methods": { "small": { "min": 5, "limits": { "transaction": 50 } } }
        }
        """;

    private TestApp App => fixture.App;

    [Fact]
    public async Task The_tighter_of_provider_and_tier_is_the_limit()
    {
        var partner = await App.NewPartnerAsync();
        (await partner.Identity.CreateAsync("fresh-1", "fresh@example.org")).Is(201);

        var limits = (await partner.LimitsAsync("fresh-1", fiat: "USD")).Is(200).Json;

        Assert.Equal(
            """
            {"fiat":"USD","perTransaction":{"min":"1.00","max":"1000.00","source":"provider"},"windows":{"daily":{"limit":"800.00","used":"0.00","remaining":"800.00","source":"tier"},"weekly":{"limit":"2000.00","used":"0.00","remaining":"2000.00","source":"provider"},"monthly":{"limit":"3000.00","used":"0.00","remaining":"3000.00","source":"provider"},"annual":{"limit":"4000.00","used":"0.00","remaining":"4000.00","source":"tier"}},"tiers":[{"name":"first","max":"100.00","requirements":["NAME"]},{"name":"second","max":"900.00","requirements":["NAME","TIN"]},{"name":"third","max":"800.00","requirements":["NAME","TIN","OCCUPATION"]}]}
            """.Trim(),
            limits.ToJsonString()
        );
    }

    [Fact]
    public async Task Amounts_are_in_the_request_s_currency_and_never_promise_too_much()
    {
        var partner = await App.NewPartnerAsync();
        await App.TransferAsync(partner, "euro-1", 700m);

        var limits = (await partner.LimitsAsync("euro-1", change: body => body["method"] = "small")).Is(200).Json;

        // 5 and 50, 800 and 700 dollars at 1.10.
        Assert.Equal("""{"min":"4.55","max":"45.45","source":"provider"}""", limits["perTransaction"]!.ToJsonString());
        Assert.Equal(
            """{"limit":"727.27","used":"636.37","remaining":"90.90","source":"tier"}""",
            limits["windows"]!["daily"]!.ToJsonString()
        );
        (await partner.EligibilityAsync("euro-1", "90.90")).Is(202);
        (await partner.EligibilityAsync("euro-1", "90.91")).Is(422, "LimitExceeded");
    }

    [Fact]
    public async Task A_transfer_leaves_the_daily_window_after_24_hours()
    {
        var partner = await App.NewPartnerAsync();
        var (payer, operation) = await App.TransferAsync(partner, "day-1", 700m);
        var madeAt = DateTimeOffset.Parse(
            (string)(await payer.OperationAsync(operation))["createdAt"]!,
            CultureInfo.InvariantCulture
        );
        (await partner.EligibilityAsync("day-1", "100", "USD")).Is(202);
        Assert.Equal(
            "daily",
            (string)
                (await partner.EligibilityAsync("day-1", "100.0001", "USD")).Is(422, "LimitExceeded").Json["window"]!
        );

        await App.AdvanceAsync(madeAt + TimeSpan.FromHours(24) - TimeSpan.FromSeconds(20) - App.Clock.GetUtcNow());
        Assert.Equal("100.00", await RemainingAsync(partner, "day-1", "daily"));
        (await partner.EligibilityAsync("day-1", "100.01", "USD")).Is(422, "LimitExceeded");

        await App.AdvanceAsync(madeAt + TimeSpan.FromHours(24) - App.Clock.GetUtcNow());
        Assert.Equal("800.00", await RemainingAsync(partner, "day-1", "daily"));
        Assert.Equal("1300.00", await RemainingAsync(partner, "day-1", "weekly"));
        (await partner.EligibilityAsync("day-1", "800", "USD")).Is(202);
    }

    [Fact]
    public async Task Each_window_is_named_when_it_is_the_one_that_is_exceeded()
    {
        var partner = await App.NewPartnerAsync();
        for (var i = 0; i < 6; i++)
        {
            await App.TransferAsync(partner, "year-1", 650m, again: i > 0);
            await App.AdvanceAsync(
                TimeSpan.FromDays(
                    i < 2 ? 1.1
                    : i == 2 ? 3
                    : 10
                )
            );
            if (i == 2)
                Assert.Equal("weekly", await WindowAsync());
            if (i == 3)
                Assert.Equal("monthly", await WindowAsync("450"));
        }
        await App.AdvanceAsync(TimeSpan.FromDays(20));
        Assert.Equal("annual", await WindowAsync("101"));
        Assert.Equal("transaction", await WindowAsync("1000.01"));
        (await partner.EligibilityAsync("year-1", "100", "USD")).Is(202);

        async Task<string> WindowAsync(string amount = "100") =>
            (string)(await partner.EligibilityAsync("year-1", amount, "USD")).Is(422, "LimitExceeded").Json["window"]!;
    }

    [Fact]
    public async Task Volumes_of_a_merged_account_are_the_sum_of_both_histories()
    {
        var partner = await App.NewPartnerAsync();
        await App.TransferAsync(partner, "sum-1", 300m);
        (await partner.Identity.UpdateAsync("sum-1", "sum@example.org")).Is(200);
        await App.AdvanceAsync(TimeSpan.FromMinutes(1));
        await App.TransferAsync(partner, "sum-2", 200m);
        await App.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await partner.Identity.CreateAsync("sum-3")).Is(201);
        Assert.Equal("500.00", await RemainingAsync(partner, "sum-1", "daily"));
        Assert.Equal("600.00", await RemainingAsync(partner, "sum-2", "daily"));
        Assert.Equal(["NAME"], (await partner.EligibilityAsync("sum-3", "50", "USD")).Requirements());

        foreach (var reference in new[] { "sum-2", "sum-3" })
            (await partner.Identity.UpdateAsync(reference, "sum@example.org")).Is(200);

        await App.IdleAsync();
        foreach (var reference in new[] { "sum-1", "sum-2", "sum-3" })
        {
            Assert.Equal("300.00", await RemainingAsync(partner, reference, "daily"));
            Assert.Equal(["TIN"], (await partner.EligibilityAsync(reference, "50", "USD")).Requirements());
        }
        (await partner.EligibilityByEmailAsync("sum@example.org", amount: "300.01", fiat: "USD")).Is(
            422,
            "LimitExceeded"
        );
        (await partner.EligibilityByEmailAsync("sum@example.org", amount: "300", fiat: "USD")).Is(202);

        // A transfer after the merge counts for all of them, too, and a cancelled one for none.
        var (payer, operation) = await App.TransferAsync(partner, "sum-2", 250m, again: true);
        Assert.Equal("50.00", await RemainingAsync(partner, "sum-1", "daily"));
        (await payer.CancelAsync(operation)).Is(200);
        Assert.Equal("300.00", await RemainingAsync(partner, "sum-3", "daily"));
    }

    [Theory]
    [InlineData("erased-1", "erased-2")]
    [InlineData("erased-2", "erased-1")]
    public async Task Transfers_of_an_erased_reference_count_for_its_account(string erased, string left)
    {
        var partner = await App.NewPartnerAsync();
        await App.TransferAsync(partner, "erased-1", 300m);
        (await partner.Identity.UpdateAsync("erased-1", "erased@example.org")).Is(200);
        await App.AdvanceAsync(TimeSpan.FromMinutes(1));
        await App.TransferAsync(partner, "erased-2", 200m);
        (await partner.Identity.UpdateAsync("erased-2", "erased@example.org")).Is(200);
        await App.AdvanceAsync(TimeSpan.FromMinutes(2));

        (await partner.SendAsync(HttpMethod.Delete, $"/partner/users/{erased}", null)).Is(200);
        await App.IdleAsync();

        (await partner.LimitsAsync(erased, fiat: "USD")).Is(404);
        Assert.Equal("300.00", await RemainingAsync(partner, left, "daily"));
        Assert.Equal(["TIN"], (await partner.EligibilityAsync(left, "50", "USD")).Requirements());
    }

    [Fact]
    public async Task Rolling_volume_lifts_into_the_next_tier()
    {
        var partner = await App.NewPartnerAsync();
        await App.TransferAsync(partner, "lift-1", 700m);
        await App.AdvanceAsync(TimeSpan.FromDays(2));

        Assert.Equal(["TIN"], (await partner.EligibilityAsync("lift-1", "200", "USD")).Requirements());
        Assert.Equal(["TIN", "OCCUPATION"], (await partner.EligibilityAsync("lift-1", "200.01", "USD")).Requirements());
        await App.AdvanceAsync(TimeSpan.FromDays(28));
        Assert.Equal(["TIN"], (await partner.EligibilityAsync("lift-1", "200.01", "USD")).Requirements());
    }

    [Fact]
    public async Task A_country_s_own_table_goes_before_its_group_s_and_that_before_the_default()
    {
        var partner = await App.NewPartnerAsync();
        Assert.Equal(["NAME"], (await partner.EligibilityByEmailAsync("new@example.org", "NO", "50")).Requirements());
        Assert.Equal(["POA"], (await partner.EligibilityByEmailAsync("new@example.org", "DK", "50")).Requirements());
        Assert.Equal(["TIN"], (await partner.EligibilityByEmailAsync("new@example.org", "SE", "50")).Requirements());

        // The address that is held goes before the country that is said.
        (
            await partner.Identity.CreateAsync(
                "dane-1",
                "dane@example.org",
                EligibilityCalls.DataFor(["ADDRESS"], "DK")
            )
        ).Is(201);
        Assert.Equal(["POA"], (await partner.EligibilityByEmailAsync("dane@example.org", "SE", "50")).Requirements());
        var limits = (await partner.LimitsAsync("dane-1", fiat: "USD")).Is(200).Json["windows"]!;
        Assert.Equal(
            """{"limit":"1000.00","used":"0.00","remaining":"1000.00","source":"provider"}""",
            limits["daily"]!.ToJsonString()
        );
        Assert.Equal("""{"used":"0.00"}""", limits["annual"]!.ToJsonString());
    }

    [Fact]
    public async Task A_status_that_is_not_final_counts()
    {
        var partner = await App.NewPartnerAsync();
        // Cents of .14 take ten minutes in the sandbox.
        var (payer, operation) = await App.TransferAsync(partner, "slow-1", 100.14m);
        await App.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("processing", await payer.StatusAsync(operation));
        Assert.Equal("699.86", await RemainingAsync(partner, "slow-1", "daily"));
    }

    private static async Task<string> RemainingAsync(TestPartner partner, string reference, string window) =>
        (string)(await partner.LimitsAsync(reference, fiat: "USD")).Is(200).Json["windows"]![window]!["remaining"]!;

    /// <summary>The app with other rules, given as the setting's text.</summary>
    public sealed class AppWithSmallLimits : IAsyncLifetime
    {
        public TestApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await TestApp.StartAsync(("Eligibility:Rules", Rules));

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
