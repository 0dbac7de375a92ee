using System.Text.Json.Nodes;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>
/// What a request must look like, with everything that is wrong at once.
/// </summary>
public sealed class EligibilityInputTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            EligibilityCalls.Eligibility,
            """
            {"email":"nobody","countryOfResidence":"Deutschland","dateOfBirth":"2999-01-01","method":"","transactionType":"BUY","fiat":"eur","crypto":"BTC-1","fiatAmount":12,"cryptoAmount":"0"}
            """
        );

        Assert.Equal(
            [
                "blockchain",
                "countryOfResidence",
                "crypto",
                "cryptoAmount",
                "dateOfBirth",
                "email",
                "fiat",
                "fiatAmount",
                "method",
                "transactionType",
            ],
            reply.Is(422).Fields.Distinct().Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["blockchain", "crypto", "fiat", "fiatAmount", "identityReference", "method", "transactionType"],
            (await partner.Identity.PostAsync(EligibilityCalls.Eligibility, "{}"))
                .Is(422)
                .Fields.Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["blockchain", "crypto", "fiat", "fiatAmount", "identityReference", "method", "transactionType"],
            (await partner.Identity.PostAsync(EligibilityCalls.Limits, "{}"))
                .Is(422)
                .Fields.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{}""", "identityReference")]
    [InlineData(
        """{"identityReference":"one-1","email":"ana@example.org","countryOfResidence":"DE"}""",
        "email countryOfResidence"
    )]
    [InlineData("""{"identityReference":"one-1","dateOfBirth":"1990-01-01"}""", "dateOfBirth")]
    [InlineData("""{"identityReference":"one-1","state":"NY"}""", "state")]
    [InlineData("""{"identityReference":"not ok"}""", "identityReference")]
    [InlineData("""{"email":"ana@example.org"}""", "countryOfResidence")]
    [InlineData("""{"countryOfResidence":"DE"}""", "email")]
    [InlineData("""{"email":"ana@example.org","countryOfResidence":"de"}""", "countryOfResidence")]
    [InlineData("""{"email":"ana@example.org","countryOfResidence":"ZZ"}""", "countryOfResidence")]
    [InlineData("""{"email":"ana@example.org","countryOfResidence":"US"}""", "state")]
    [InlineData("""{"email":"ana@example.org","countryOfResidence":"US","state":"XX"}""", "state")]
    [InlineData("""{"email":"ana@example.org","countryOfResidence":"DE","dateOfBirth":"14.5.1990"}""", "dateOfBirth")]
    public async Task Somebody_is_asked_about_in_one_form(string form, string wrong)
    {
        var partner = await app.NewPartnerAsync();
        var body = EligibilityCalls.Body(null);
        foreach (var (member, value) in JsonNode.Parse(form)!.AsObject())
            body[member] = value?.DeepClone();

        Assert.Equal(
            wrong.Split(' '),
            (await partner.Identity.PostAsync(EligibilityCalls.Eligibility, body)).Is(422).Fields
        );
    }

    [Theory]
    [InlineData("fiatAmount", "\"10\"", true)]
    [InlineData("fiatAmount", "\"10.5\"", true)]
    [InlineData("fiatAmount", "\"10.5000\"", true)]
    [InlineData("fiatAmount", "\"24999.9999\"", true)]
    [InlineData("fiatAmount", "\"10.50000\"", false)]
    [InlineData("fiatAmount", "\"0\"", false)]
    [InlineData("fiatAmount", "\"0.0000\"", false)]
    [InlineData("fiatAmount", "\"-10\"", false)]
    [InlineData("fiatAmount", "\"+10\"", false)]
    [InlineData("fiatAmount", "\"010\"", false)]
    [InlineData("fiatAmount", "\"10.\"", false)]
    [InlineData("fiatAmount", "\".5\"", false)]
    [InlineData("fiatAmount", "\"1e3\"", false)]
    [InlineData("fiatAmount", "\"1,000\"", false)]
    [InlineData("fiatAmount", "\" 10\"", false)]
    [InlineData("fiatAmount", "\"10\\n\"", false)]
    [InlineData("fiatAmount", "\"١٠\"", false)]
    [InlineData("fiatAmount", "\"\"", false)]
    [InlineData("fiatAmount", "\"1000000000000\"", false)]
    [InlineData("fiatAmount", "10", false)]
    [InlineData("fiatAmount", "[\"10\"]", false)]
    [InlineData("cryptoAmount", "\"0.001000000000000001\"", true)]
    [InlineData("cryptoAmount", "\"0.0010000000000000001\"", false)]
    [InlineData("cryptoAmount", "\"0.000000000000000000\"", false)]
    [InlineData("cryptoAmount", "\"10000000000\"", false)]
    public async Task Amounts_are_decimal_strings(string member, string json, bool valid)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("amount-1", "amount@example.org")).Is(201);
        var body = EligibilityCalls.Body("amount-1");
        body.Remove("fiatAmount");
        body[member] = JsonNode.Parse(json);

        var reply = await partner.Identity.PostAsync(EligibilityCalls.Eligibility, body);

        if (valid)
            reply.Is(202);
        else
            Assert.Equal([member], reply.Is(422).Fields);
    }

    [Fact]
    public async Task The_largest_amounts_are_refused_by_a_limit_not_by_arithmetic()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("huge-1", "huge@example.org")).Is(201);

        (await partner.EligibilityAsync("huge-1", "999999999999.9999")).Is(422, "LimitExceeded");
        (
            await partner.EligibilityAsync(
                "huge-1",
                change: body =>
                {
                    body.Remove("fiatAmount");
                    body["cryptoAmount"] = "9999999999.999999999999999999";
                }
            )
        ).Is(422, "LimitExceeded");
    }

    [Fact]
    public async Task Exactly_one_amount_is_given()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("both-1", "both@example.org")).Is(201);

        Assert.Equal(
            ["fiatAmount"],
            (await partner.EligibilityAsync("both-1", change: body => body["cryptoAmount"] = "1")).Is(422).Fields
        );
        Assert.Equal(
            ["fiatAmount"],
            (await partner.EligibilityAsync("both-1", change: body => body.Remove("fiatAmount"))).Is(422).Fields
        );
    }

    [Fact]
    public async Task Null_is_not_absent()
    {
        var partner = await app.NewPartnerAsync();
        var body =
            """{"identityReference":"null-1","email":null,"dateOfBirth":null,"method":"m","transactionType":"OFFRAMP","fiat":"EUR","crypto":"BTC","blockchain":"BTC","fiatAmount":"10","cryptoAmount":null}""";

        Assert.Equal(
            ["email", "dateOfBirth", "cryptoAmount"],
            (await partner.Identity.PostAsync(EligibilityCalls.Eligibility, body)).Is(400, "4002").Fields
        );
    }

    [Fact]
    public async Task Unknown_members_are_ignored_and_the_body_must_be_signed_json()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("more-1", "more@example.org")).Is(201);
        (await partner.EligibilityAsync("more-1", change: body => body["walletAddress"] = "bc1q")).Is(202);
        (await partner.EligibilityAsync("more-1", change: body => body["transactionType"] = "OFFRAMP")).Is(202);
        (await partner.Identity.PostAsync(EligibilityCalls.Eligibility, "[]")).Is(400);
        (await app.PostAsync(EligibilityCalls.Eligibility, EligibilityCalls.Body("more-1"))).Is(401, "40102");
        (await app.PostAsync(EligibilityCalls.OlderEligibility, EligibilityCalls.Body("more-1"))).Is(401, "40102");
        (await app.PostAsync(EligibilityCalls.Limits, EligibilityCalls.Body("more-1"))).Is(401, "40102");
    }
}
