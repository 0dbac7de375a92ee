using System.Globalization;
using System.Text.Json.Nodes;
using Serverless.Functions.Users;
using Serverless.Tests.Identities;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>What a person must still give before a transaction, by the rules that come with the app.</summary>
public sealed class EligibilityTests(TestApp app) : IClassFixture<TestApp>
{
    // The rules' currency is the euro; the tiers meet at 500 and 9,000.
    [Theory]
    [InlineData("10", "NAME ADDRESS DOB TIN")]
    [InlineData("500", "NAME ADDRESS DOB TIN")]
    [InlineData("500.00", "NAME ADDRESS DOB TIN")]
    [InlineData("500.0001", "NAME ADDRESS DOB TIN DOCUMENT SELFIE PURPOSE_OF_TX")]
    [InlineData("500.01", "NAME ADDRESS DOB TIN DOCUMENT SELFIE PURPOSE_OF_TX")]
    [InlineData("9000", "NAME ADDRESS DOB TIN DOCUMENT SELFIE PURPOSE_OF_TX")]
    [InlineData("9000.01", "NAME ADDRESS DOB TIN DOCUMENT SELFIE PURPOSE_OF_TX SOURCE_FUNDS OCCUPATION")]
    [InlineData("25000", "NAME ADDRESS DOB TIN DOCUMENT SELFIE PURPOSE_OF_TX SOURCE_FUNDS OCCUPATION")]
    public async Task The_amount_decides_the_tier(string amount, string requirements)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("tier-1", "tier@example.org")).Is(201);

        Assert.Equal(requirements.Split(' '), (await partner.EligibilityAsync("tier-1", amount)).Requirements());
        Assert.Equal(
            requirements.Split(' '),
            (await partner.EligibilityByEmailAsync("nobody@example.org", amount: amount)).Requirements()
        );
    }

    [Theory]
    [InlineData("fiatAmount", "USD", "543.47", 4)] // × 0.92 = 499.9924
    [InlineData("fiatAmount", "USD", "543.48", 7)] // × 0.92 = 500.0016
    [InlineData("cryptoAmount", "USD", "0.008333333333333333", 4)] // × 60,000 is just below 500
    [InlineData("cryptoAmount", "USD", "0.008333333333333334", 7)] // and just above
    public async Task Other_currencies_and_crypto_amounts_are_converted_exactly(
        string member,
        string fiat,
        string amount,
        int asked
    )
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("rate-1", "rate@example.org")).Is(201);

        var reply = await partner.EligibilityAsync(
            "rate-1",
            fiat: fiat,
            change: body =>
            {
                body.Remove("fiatAmount");
                body[member] = amount;
            }
        );

        Assert.Equal(asked, reply.Requirements().Length);
    }

    [Fact]
    public async Task The_older_path_answers_the_same()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("older-1", "older@example.org")).Is(201);

        var newer = await partner.EligibilityAsync("older-1");
        var older = await partner.Identity.PostAsync(
            EligibilityCalls.OlderEligibility,
            EligibilityCalls.Body("older-1")
        );

        Assert.Equal(EligibilityCalls.Express, older.Requirements());
        Assert.Equal(newer.Text, older.Text);
        Assert.Equal(
            ["paymentReady", "requirements", "kycRequirements"],
            newer.Json.AsObject().Select(member => member.Key)
        );
    }

    [Fact]
    public async Task A_reference_without_an_email_is_new_and_is_told_so()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("sparse-1")).Is(201);
        var sparse = await partner.EligibilityAsync("sparse-1");
        Assert.Equal(EligibilityCalls.Express, sparse.Requirements());
        Assert.True((bool)sparse.Json["emailMissing"]!);

        (await partner.Identity.UpdateAsync("sparse-1", "sparse@example.org")).Is(200);
        Assert.Null((await partner.EligibilityAsync("sparse-1")).Is(202).Json["emailMissing"]);
    }

    [Fact]
    public async Task The_email_form_creates_nothing_and_reveals_no_reference()
    {
        var partner = await app.NewPartnerAsync();
        await app.IdleAsync();
        // A partner that has never had an e-mail, then one that knows it.
        var before = await app.ContentAsync();
        Assert.Equal(
            EligibilityCalls.Express,
            (await partner.EligibilityByEmailAsync("quiet@example.org")).Requirements()
        );
        await app.IdleAsync();
        Assert.Equal(before, await app.ContentAsync());
        (await partner.Identity.FindAsync("any-ref", "quiet@example.org")).Is(404);

        (
            await partner.Identity.CreateAsync(
                "quiet-1",
                "quiet@example.org",
                EligibilityCalls.DataFor(["NAME", "DOB"])
            )
        ).Is(201);
        await app.IdleAsync();
        before = await app.ContentAsync();
        foreach (var email in new[] { "quiet@example.org", " Quiet@EXAMPLE.org", "unknown@example.org" })
        {
            var reply = await partner.EligibilityByEmailAsync(email);
            Assert.Equal(email.StartsWith('u') ? EligibilityCalls.Express : ["ADDRESS", "TIN"], reply.Requirements());
            Assert.Equal(
                ["paymentReady", "requirements", "kycRequirements"],
                reply.Json.AsObject().Select(member => member.Key)
            );
            Assert.DoesNotContain("quiet-1", reply.Text, StringComparison.Ordinal);
        }
        (await partner.EligibilityAsync("quiet-1")).Is(202);
        (await partner.LimitsAsync("quiet-1")).Is(200);
        await app.IdleAsync();
        Assert.Equal(before, await app.ContentAsync());
        (await partner.Identity.FindAsync("any-ref", "unknown@example.org")).Is(404);
    }

    [Fact]
    public async Task Both_forms_agree_on_one_account()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("agree-1", "agree@example.org")).Is(201);
        string[][] steps =
        [
            ["NAME", "DOB"],
            ["ADDRESS"],
            ["TIN", "PURPOSE_OF_TX"],
            ["SOURCE_FUNDS"],
            ["OCCUPATION"],
        ];
        foreach (var step in steps)
        {
            (await partner.Identity.UpdateAsync("agree-1", "agree@example.org", EligibilityCalls.DataFor(step))).Is(
                200
            );
            foreach (var amount in new[] { "100", "500.01", "9000.01" })
                Assert.Equal(
                    (await partner.EligibilityAsync("agree-1", amount)).Text,
                    (await partner.EligibilityByEmailAsync("agree@example.org", "FR", amount)).Text
                );
        }
    }

    [Fact]
    public async Task Data_of_every_reference_of_an_account_counts_for_each()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.CreateAsync(
                "merge-1",
                "merge@example.org",
                EligibilityCalls.DataFor(["NAME", "ADDRESS"])
            )
        ).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await partner.Identity.CreateAsync("merge-2", null, EligibilityCalls.DataFor(["DOB", "TIN"]))).Is(201);
        Assert.Equal(["NAME", "ADDRESS"], (await partner.EligibilityAsync("merge-2")).Requirements());

        (await partner.Identity.UpdateAsync("merge-2", "merge@example.org")).Is(200);

        await app.IdleAsync();
        foreach (var reference in new[] { "merge-1", "merge-2" })
            Assert.Empty((await partner.EligibilityAsync(reference)).Requirements());
        Assert.Empty((await partner.EligibilityByEmailAsync("merge@example.org")).Requirements());
    }

    [Fact]
    public async Task Verified_meets_name_birth_selfie_and_document()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("kyc-1", "kyc@example.org")).Is(201);
        await app.MoveKycAsync(partner, "kyc-1", KycStatus.UnderReview);
        Assert.Equal(EligibilityCalls.Standard, (await partner.EligibilityAsync("kyc-1", "1000")).Requirements());
        await app.MoveKycAsync(partner, "kyc-1", KycStatus.Verified);
        Assert.Equal(
            ["ADDRESS", "TIN", "PURPOSE_OF_TX"],
            (await partner.EligibilityAsync("kyc-1", "1000")).Requirements()
        );
    }

    [Fact]
    public async Task A_rejected_person_is_never_ready()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.CreateAsync(
                "rejected-1",
                "rejected@example.org",
                EligibilityCalls.DataFor(EligibilityCalls.Additional)
            )
        ).Is(201);
        (
            await partner.Identity.UpdateAsync(
                "rejected-1",
                "rejected@example.org",
                EligibilityCalls.DataFor(EligibilityCalls.Additional)
            )
        ).Is(200);
        Assert.Empty((await partner.EligibilityAsync("rejected-1")).Requirements());

        await app.MoveKycAsync(partner, "rejected-1", KycStatus.UnderReview, KycStatus.Rejected);

        foreach (var amount in new[] { "100", "1000", "9500" })
            Assert.Equal(["DOCUMENT", "SELFIE"], (await partner.EligibilityAsync("rejected-1", amount)).Requirements());
    }

    [Fact]
    public async Task An_unknown_reference_is_404_also_another_partner_s()
    {
        var one = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        (await one.Identity.CreateAsync("mine-1", "mine@example.org", EligibilityCalls.DataFor(["NAME"]))).Is(201);

        (await one.EligibilityAsync("nobody-1")).Is(404, "NotFound");
        (await other.EligibilityAsync("mine-1")).Is(404, "NotFound");
        (await other.LimitsAsync("mine-1")).Is(404, "NotFound");
        Assert.Equal(
            EligibilityCalls.Express,
            (await other.EligibilityByEmailAsync("mine@example.org")).Requirements()
        );
    }

    [Fact]
    public async Task An_erased_person_is_404()
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("gone-1");
        (await partner.EligibilityAsync("gone-1")).Is(202);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/gone-1", null)).Is(200);
        (await partner.EligibilityAsync("gone-1")).Is(404);
    }

    [Fact]
    public async Task A_blocked_account_is_refused_before_anything_else_in_both_forms()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("blocked-1", "blocked@example.org")).Is(201);
        await app.BlockAsync(partner, "blocked-1");

        (await partner.EligibilityAsync("blocked-1")).Is(422, "AccountBlocked");
        (await partner.EligibilityAsync("blocked-1", fiat: "XXX")).Is(422, "AccountBlocked");
        (await partner.EligibilityByEmailAsync("blocked@example.org", "KP")).Is(422, "AccountBlocked");
        (await partner.LimitsAsync("blocked-1")).Is(422, "AccountBlocked");
    }

    [Fact]
    public async Task Currencies_and_assets_that_are_not_dealt_in_are_refused()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("asset-1", "asset@example.org")).Is(201);

        (await partner.EligibilityAsync("asset-1", fiat: "XXX")).Is(422, "UnsupportedFiat");
        foreach (var asset in new[] { "ADA", "XRP", "BTC" })
            (
                await partner.EligibilityAsync(
                    "asset-1",
                    change: body => (body["crypto"], body["blockchain"]) = (asset, asset)
                )
            ).Is(202);
        (await partner.EligibilityAsync("asset-1", change: body => body["crypto"] = "DOGE")).Is(
            422,
            "UnsupportedAsset"
        );
        (await partner.EligibilityAsync("asset-1", change: body => body["blockchain"] = "TRON")).Is(
            422,
            "UnsupportedAsset"
        );
        (await partner.EligibilityAsync("asset-1", change: body => body["blockchain"] = "btc")).Is(202);
        (await partner.LimitsAsync("asset-1", fiat: "XXX")).Is(422, "UnsupportedFiat");
        (await partner.LimitsAsync("asset-1", change: body => body["crypto"] = "DOGE")).Is(422, "UnsupportedAsset");
    }

    [Fact]
    public async Task A_partner_may_be_confined_to_some_currencies()
    {
        var partner = await app.NewPartnerAsync(settings: new { fiats = new[] { "EUR", "GBP" } });
        (await partner.Identity.CreateAsync("fiat-1", "fiat@example.org")).Is(201);
        (await partner.EligibilityAsync("fiat-1")).Is(202);
        (await partner.EligibilityAsync("fiat-1", fiat: "USD")).Is(422, "UnsupportedFiat");

        var settings = (
            await app.SendAsync(HttpMethod.Patch, $"/operator/partners/{partner.Id}", """{"settings":{"fiats":null}}""")
        )
            .Is(200)
            .Data["settings"]!;
        Assert.Null(settings["fiats"]);
        (await partner.EligibilityAsync("fiat-1", fiat: "USD")).Is(202);
        Assert.Equal(
            ["settings.fiats"],
            (
                await app.SendAsync(
                    HttpMethod.Patch,
                    $"/operator/partners/{partner.Id}",
                    """{"settings":{"fiats":["eur"]}}"""
                )
            )
                .Is(400)
                .Fields
        );
        (await app.SendAsync(HttpMethod.Patch, $"/operator/partners/{partner.Id}", """{"settings":{"fiats":[]}}""")).Is(
            200
        );
        (await partner.EligibilityAsync("fiat-1")).Is(422, "UnsupportedFiat");
    }

    [Fact]
    public async Task Restricted_regions_are_refused_by_address_and_by_what_is_said()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.CreateAsync(
                "north-1",
                "north@example.org",
                EligibilityCalls.DataFor(["ADDRESS"], "KP")
            )
        ).Is(201);
        (
            await partner.Identity.CreateAsync(
                "berlin-1",
                "berlin@example.org",
                EligibilityCalls.DataFor(["ADDRESS"], "DE")
            )
        ).Is(201);

        (await partner.EligibilityAsync("north-1")).Is(422, "RegionRestricted");
        (await partner.LimitsAsync("north-1")).Is(422, "RegionRestricted");
        (await partner.EligibilityByEmailAsync("north@example.org")).Is(422, "RegionRestricted");
        (await partner.EligibilityByEmailAsync("new@example.org", "KP")).Is(422, "RegionRestricted");
        (await partner.EligibilityByEmailAsync("berlin@example.org", "KP")).Is(422, "RegionRestricted");
        (await partner.EligibilityByEmailAsync("berlin@example.org", "FR")).Is(202);
    }

    [Fact]
    public async Task An_asset_that_a_region_cannot_have_is_5034()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.CreateAsync(
                "berlin-1",
                "berlin@example.org",
                EligibilityCalls.DataFor(["ADDRESS"], "DE")
            )
        ).Is(201);
        (
            await partner.Identity.CreateAsync(
                "york-1",
                "york@example.org",
                EligibilityCalls.DataFor(["ADDRESS"], "US")
            )
        ).Is(201);
        Action<JsonObject> tether = body => (body["crypto"], body["blockchain"]) = ("USDT", "TRON");
        Action<JsonObject> solana = body => (body["crypto"], body["blockchain"]) = ("SOL", "SOL");

        (await partner.EligibilityAsync("berlin-1", change: tether)).Is(422, "5034");
        (await partner.LimitsAsync("berlin-1", change: tether)).Is(422, "5034");
        (await partner.EligibilityAsync("york-1", change: tether)).Is(202);
        (await partner.EligibilityAsync("york-1", change: solana)).Is(422, "5034");
        (await partner.EligibilityByEmailAsync("new@example.org", "FR", change: tether)).Is(422, "5034");
        (
            await partner.EligibilityByEmailAsync(
                "new@example.org",
                "US",
                change: tether + (body => body["state"] = "CA")
            )
        ).Is(202);
        (
            await partner.EligibilityByEmailAsync(
                "new@example.org",
                "US",
                change: solana + (body => body["state"] = "NY")
            )
        ).Is(422, "5034");
    }

    [Fact]
    public async Task Nobody_under_18_is_eligible_until_the_birthday()
    {
        var partner = await app.NewPartnerAsync();
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        var (adult, minor) = (Text(today.AddYears(-18)), Text(today.AddYears(-18).AddDays(1)));
        (
            await partner.Identity.CreateAsync(
                "minor-1",
                "minor@example.org",
                new JsonObject { ["dateOfBirth"] = minor }
            )
        ).Is(201);
        (
            await partner.Identity.CreateAsync(
                "adult-1",
                "adult@example.org",
                new JsonObject { ["dateOfBirth"] = adult }
            )
        ).Is(201);

        (await partner.EligibilityAsync("minor-1")).Is(422, "AgeRestricted");
        (await partner.LimitsAsync("minor-1")).Is(422, "AgeRestricted");
        (await partner.EligibilityByEmailAsync("minor@example.org")).Is(422, "AgeRestricted");
        (await partner.EligibilityByEmailAsync("minor@example.org", change: body => body["dateOfBirth"] = adult)).Is(
            422,
            "AgeRestricted"
        );
        (await partner.EligibilityAsync("adult-1")).Is(202);
        (await partner.EligibilityByEmailAsync("adult@example.org", change: body => body["dateOfBirth"] = minor)).Is(
            422,
            "AgeRestricted"
        );
        (await partner.EligibilityByEmailAsync("new@example.org", change: body => body["dateOfBirth"] = minor)).Is(
            422,
            "AgeRestricted"
        );
        (await partner.EligibilityByEmailAsync("new@example.org", change: body => body["dateOfBirth"] = adult)).Is(202);
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        (await partner.EligibilityAsync("minor-1")).Is(202);

        static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task One_transaction_has_a_least_and_a_most_by_its_method()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("size-1", "size@example.org")).Is(201);
        Action<JsonObject> payId = body => body["method"] = "payid-bank-transfer";

        Assert.Equal(
            [("fiatAmount", "must be worth at least 10.00 EUR with this method")],
            (await partner.EligibilityAsync("size-1", "9.99")).Is(422).Details
        );
        Assert.Equal(
            [("fiatAmount", "must be worth at least 33.34 AUD with this method")],
            (await partner.EligibilityAsync("size-1", "33.33", "AUD", payId)).Is(422).Details
        );
        (await partner.EligibilityAsync("size-1", "33.34", "AUD", payId)).Is(202);
        Assert.Equal(
            "transaction",
            (string)(await partner.EligibilityAsync("size-1", "25000.01")).Is(422, "LimitExceeded").Json["window"]!
        );
        (await partner.EligibilityAsync("size-1", "10000", change: payId)).Is(202);
        Assert.Equal(
            "transaction",
            (string)
                (await partner.EligibilityAsync("size-1", "10000.01", change: payId)).Is(422, "LimitExceeded").Json[
                    "window"
                ]!
        );
        (
            await partner.EligibilityAsync(
                "size-1",
                "25000",
                change: body => body["method"] = "a method of which nobody has heard"
            )
        ).Is(202);
    }

    [Fact]
    public async Task Only_transfers_that_are_or_may_be_paid_end_the_first_transaction()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner, "first-1");
        var operation = await payer.TransferAsync(50m);
        Assert.Contains("PURPOSE_OF_TX", (await partner.EligibilityAsync("first-1")).Requirements());

        (await payer.CancelAsync(operation)).Is(200);
        Assert.Equal(["ADDRESS", "TIN"], (await partner.EligibilityAsync("first-1")).Requirements());

        // Cents of .13 fail in the sandbox.
        await app.TransferAsync(partner, "first-1", 50.13m, again: true);
        Assert.Contains("PURPOSE_OF_TX", (await partner.EligibilityAsync("first-1")).Requirements());
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["ADDRESS", "TIN"], (await partner.EligibilityAsync("first-1")).Requirements());
    }

    [Fact]
    public async Task Without_a_merge_it_is_one_query_beside_the_nonce()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("cost-1", "cost@example.org")).Is(201);
        await app.IdleAsync();
        await app.TransferAsync(partner, "cost-1", 50m);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await partner.EligibilityAsync("cost-1")).Is(202);

        var before = await CostAsync();
        for (var i = 0; i < 10; i++)
            (await partner.EligibilityAsync("cost-1")).Is(202);
        // The shared count of the rate limit is looked at now and then
        Assert.InRange(await CostAsync() - before, 20, 22);

        async Task<long> CostAsync()
        {
            using var http = new HttpClient();
            var costs = JsonNode.Parse(
                await http.GetStringAsync(new Uri(app.Address, "/local/costs"), TestContext.Current.CancellationToken)
            )!;
            return costs["operations"]!
                .AsArray()
                .Where(operation => (string?)operation!["operation"] == "CheckEligibility")
                .Sum(operation => (long)operation!["total"]!);
        }
    }
}
