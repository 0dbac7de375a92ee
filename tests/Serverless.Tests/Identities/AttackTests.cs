using System.Text.Json.Nodes;
using Serverless.Tests.Cip;
using Serverless.Tests.Eligibility;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Identities;

/// <summary>
/// What somebody would try who wants another person's identity: a row an attack, each with what it meets and that
/// nothing has changed.
/// </summary>
public sealed class AttackTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Victim = "victim";
    private const string Email = "victim@example.org";

    [Fact]
    public async Task A_request_that_was_overheard_is_not_taken_again()
    {
        var partner = await app.NewPartnerAsync();
        var overheard = new Signing { Nonce = partner.Identity.NextNonce() };
        (
            await partner.Identity.PostAsync("/eapi/v0/identities/basic", new { identityReference = "one" }, overheard)
        ).Is(201);

        (
            await partner.Identity.PostAsync("/eapi/v0/identities/basic", new { identityReference = "one" }, overheard)
        ).Is(400, "40003");
    }

    [Theory]
    [InlineData("/eapi/v0/identities/%2e%2e/victim")]
    [InlineData("/eapi/v0/identities//victim")]
    [InlineData("/eapi/v0/identities/victim%2F")]
    [InlineData("/eapi/v0/identities/victim?")]
    [InlineData("/eapi/v0/identities/victim?email=victim%40example.org")]
    public async Task A_signature_is_for_its_resource_and_no_other(string target)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync(Victim, Email)).Is(201);

        var reply = await partner.Identity.SendRawAsync(
            "GET",
            target,
            signing: new Signing { Target = "/eapi/v0/identities/victim" }
        );

        Assert.Equal((401, 40103), (reply.Status, (int)JsonNode.Parse(reply.Body)!["code"]!));
    }

    [Fact]
    public async Task A_signature_is_for_its_body()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync(Victim, Email)).Is(201);
        (await partner.Identity.CreateAsync("attacker")).Is(201);

        var swapped = new { identityReference = "attacker", email = Email };
        (
            await partner.Identity.PatchAsync(
                "/eapi/v0/identities",
                swapped,
                new Signing { Body = new { identityReference = "attacker", email = "mine@example.org" } }
            )
        ).Is(401, "40103");

        Assert.Equal(Victim, await HolderAsync(partner));
    }

    [Fact]
    public async Task Another_partners_reference_is_nobody()
    {
        var partner = await app.NewOtpPartnerAsync();
        await VerifiedAsync(partner);
        var other = await app.NewOtpPartnerAsync();

        (await other.Identity.FindAsync(Victim)).Is(404);
        (await other.Identity.UpdateAsync(Victim, Email)).Is(404);
        (await other.SendCodeAsync(Victim, Email)).Is(404);
        (await other.VerifyCodeAsync(Victim, Email, "0000")).Is(404);
        (await other.EligibilityAsync(Victim)).Is(404);
        (await other.LimitsAsync(Victim)).Is(404);
        // The same address at another partner is another person.
        (await other.Identity.CreateAsync(Victim, Email)).Is(201);
        Assert.Equal("PENDING", await other.Identity.KycAsync(Victim));
    }

    [Fact]
    public async Task Asking_about_an_address_tells_no_reference_and_nothing_of_who_is_unknown()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync(Victim, Email)).Is(201);

        var known = (await partner.EligibilityByEmailAsync(Email)).Is(202);
        var unknown = (await partner.EligibilityByEmailAsync("nobody@example.org")).Is(202);

        Assert.Equal(unknown.Text, known.Text);
        Assert.DoesNotContain(Victim, known.Text, StringComparison.Ordinal);
        var refused = (await partner.Identity.CreateAsync("attacker", Email)).Is(422, "81");
        Assert.Equal(
            refused.Json["message"]!.ToJsonString(),
            (await partner.Identity.CreateAsync(Victim)).Json["message"]!.ToJsonString()
        );
        Assert.DoesNotContain(Victim, refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_a_code_ends_after_five_tries()
    {
        var partner = await app.NewOtpPartnerAsync();
        (await partner.Identity.CreateAsync(Victim, Email)).Is(201);
        (await partner.Identity.CreateAsync("attacker")).Is(201);
        (await partner.SendCodeAsync("attacker", Email)).Is(200);
        var code = await app.CodeToAsync(Email);

        var tried = 0;
        for (var guess = 1; tried < 5; guess++)
        {
            var reply = await partner.VerifyCodeAsync("attacker", Email, code.Other(guess));
            if (reply.Status == 429)
                await app.AdvanceAsync(TimeSpan.FromSeconds(61));
            else
                tried += reply.Is(422).Status == 422 ? 1 : 0;
        }
        await app.AdvanceAsync(TimeSpan.FromSeconds(61));

        (await partner.VerifyCodeAsync("attacker", Email, code)).Is(422, "OtpInvalid");
        Assert.Equal(Victim, await HolderAsync(partner));
    }

    [Fact]
    public async Task Under_otp_naming_an_address_brings_nothing_of_the_account_that_holds_it()
    {
        var partner = await app.NewOtpPartnerAsync("otp");
        await VerifiedAsync(partner);
        (await partner.Identity.UpdateAsync(Victim, Email)).Is(200);
        (await partner.Identity.CreateAsync("attacker")).Is(201);

        (await partner.Identity.UpdateAsync("attacker", Email)).Is(200);

        Assert.Equal("PENDING", await partner.Identity.KycAsync("attacker"));
        Assert.Equal(Victim, await HolderAsync(partner));
    }

    [Fact]
    public async Task Under_otp_an_address_that_was_named_in_advance_is_its_owners_once_it_is_proved()
    {
        var partner = await app.NewOtpPartnerAsync("otp");
        (await partner.Identity.CreateAsync("attacker")).Is(201);
        (await partner.Identity.UpdateAsync("attacker", Email)).Is(200);
        await VerifiedAsync(partner);

        (await partner.SendCodeAsync(Victim, Email)).Is(200);
        (await partner.VerifyCodeAsync(Victim, Email, await app.CodeToAsync(Email))).Is(200);

        Assert.Equal(Victim, await HolderAsync(partner));
        Assert.Equal("PENDING", await partner.Identity.KycAsync("attacker"));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync(Victim));
    }

    [Theory]
    [InlineData("identityReference", 256)]
    [InlineData("email", 400)]
    [InlineData("givenName", 101)]
    [InlineData("surname", 5000)]
    [InlineData("taxId", 31)]
    public async Task A_field_that_is_too_long_is_refused(string field, int length)
    {
        var partner = await app.NewPartnerAsync();
        var body = new JsonObject { ["identityReference"] = "long", [field] = new string('a', length) };

        var reply = (await partner.Identity.PostAsync("/eapi/v0/identities/basic", body)).Is(422);

        Assert.Equal([field], reply.Json["errors"]!.AsObject().Select(error => error.Key));
        (await partner.Identity.FindAsync("long")).Is(404);
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_not_read()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.PostAsync(
                "/eapi/v0/identities/basic",
                new { identityReference = "long", padding = new string('a', 70_000) }
            )
        ).Is(413);
        (await partner.Identity.FindAsync("long")).Is(404);
    }

    [Theory]
    [InlineData("""{ "identityReference": "null", "email": null }""")]
    [InlineData("""{ "identityReference": "null", "givenName": null }""")]
    [InlineData(
        """{ "identityReference": "null", "residentialAddress": { "addressLine": null, "suburb": "a", "postCode": "1", "state": "a", "country": "DE" } }"""
    )]
    [InlineData("""{ "identityReference": null }""")]
    public async Task Null_is_refused_as_documented(string body)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.PostAsync("/eapi/v0/identities/basic", body)).Is(400, "4002");
        (await partner.Identity.FindAsync("null")).Is(404);
    }

    private static async Task<string> HolderAsync(TestPartner partner) =>
        (string)(await partner.Identity.FindAsync("any-ref", Email)).Is(200).Json["identityReference"]!;

    /// <summary>The victim, verified through a link.</summary>
    private async Task VerifiedAsync(TestPartner partner)
    {
        (await partner.PostTicketAsync(await partner.CompleteLinkAsync('0', Victim))).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync(Victim));
    }
}
