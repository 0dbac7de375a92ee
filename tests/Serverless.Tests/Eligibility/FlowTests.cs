using Serverless.Tests.Identities;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>
/// The ways of new and returning users; the one with a share token is in <see cref="KycSharing.ShareTokenTests"/>. What
/// is paid with is a transfer of the same person.
/// </summary>
public sealed class FlowTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Created_with_an_email_then_eligible_then_paid()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("f1-new", "f1@example.org")).Is(201);

        await BecomeReadyAndPayAsync(partner, "f1-new", "f1@example.org");
    }

    [Fact]
    public async Task Known_with_81_then_found_by_email_then_eligible_then_paid()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("f1-old", "f1@example.org")).Is(201);

        (await partner.Identity.CreateAsync("f1-again", "f1@example.org")).Is(422, "81");
        var real = (string)
            (await partner.Identity.FindAsync("any-ref", "f1@example.org")).Is(200).Json["identityReference"]!;

        Assert.Equal("f1-old", real);
        await BecomeReadyAndPayAsync(partner, real, "f1@example.org");
    }

    [Fact]
    public async Task Eligibility_first_then_created_with_what_was_asked_for_then_paid()
    {
        var partner = await app.NewPartnerAsync();
        var noted = (await partner.EligibilityByEmailAsync("f2@example.org")).Requirements();
        Assert.Equal(EligibilityCalls.Express, noted);

        (await partner.Identity.CreateAsync("f2-new", "f2@example.org")).Is(201);
        (await partner.Identity.UpdateAsync("f2-new", "f2@example.org", EligibilityCalls.DataFor(noted))).Is(200);

        Assert.Empty((await partner.EligibilityAsync("f2-new")).Requirements());
        Assert.Empty((await partner.EligibilityByEmailAsync("f2@example.org")).Requirements());
        await app.TransferAsync(partner, "f2-new", 50m);
    }

    [Fact]
    public async Task Sparse_then_a_code_binds_the_email_then_eligible_then_paid()
    {
        var partner = await app.NewOtpPartnerAsync("otp");
        (await partner.Identity.CreateAsync("f3-sparse")).Is(201);
        Assert.True((bool)(await partner.EligibilityAsync("f3-sparse")).Is(202).Json["emailMissing"]!);

        (await partner.SendCodeAsync("f3-sparse", "f3@example.org")).Is(200);
        (await partner.VerifyCodeAsync("f3-sparse", "f3@example.org", await app.CodeToAsync("f3@example.org"))).Is(200);

        Assert.True((bool)(await partner.Identity.FindAsync("f3-sparse")).Json["account"]!["exists"]!);
        Assert.Null((await partner.EligibilityAsync("f3-sparse")).Is(202).Json["emailMissing"]);
        await BecomeReadyAndPayAsync(partner, "f3-sparse", "f3@example.org");
    }

    [Fact]
    public async Task A_stored_reference_is_asked_for_at_each_visit_because_the_context_changes()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("f5-stored", "f5@example.org")).Is(201);
        (
            await partner.Identity.UpdateAsync(
                "f5-stored",
                "f5@example.org",
                EligibilityCalls.DataFor(EligibilityCalls.Express)
            )
        ).Is(200);
        Assert.Empty((await partner.EligibilityAsync("f5-stored")).Requirements());

        await app.TransferAsync(partner, "f5-stored", 50m);

        // No longer the first transaction; verified for the transfer. A larger amount asks for more.
        Assert.Equal(["PURPOSE_OF_TX"], (await partner.EligibilityAsync("f5-stored")).Requirements());
        Assert.Equal(
            ["PURPOSE_OF_TX", "SOURCE_FUNDS", "OCCUPATION"],
            (await partner.EligibilityAsync("f5-stored", "9500")).Requirements()
        );
    }

    [Fact]
    public async Task Without_a_stored_reference_the_email_leads_to_it()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("f6-known", "f6@example.org")).Is(201);
        await app.MoveKycAsync(
            partner,
            "f6-known",
            Functions.Users.KycStatus.UnderReview,
            Functions.Users.KycStatus.Verified
        );

        var found = (await partner.Identity.FindAsync("any-ref", "F6@example.org")).Is(200).Json;

        Assert.Equal(
            ("f6-known", true, "VERIFIED"),
            ((string)found["identityReference"]!, (bool)found["account"]!["exists"]!, (string)found["kyc"]!["status"]!)
        );
        Assert.Equal(
            ["ADDRESS", "TIN"],
            (await partner.EligibilityAsync((string)found["identityReference"]!)).Requirements()
        );
    }

    [Fact]
    public async Task Creation_tells_new_from_returning()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("f7-first", "f7@example.org")).Is(201);
        Assert.Equal(EligibilityCalls.Express, (await partner.EligibilityAsync("f7-first")).Requirements());

        (await partner.Identity.CreateAsync("f7-second", "f7@example.org")).Is(422, "81");

        (await partner.EligibilityAsync("f7-second")).Is(404);
        await BecomeReadyAndPayAsync(
            partner,
            (string)(await partner.Identity.FindAsync("any-ref", "f7@example.org")).Is(200).Json["identityReference"]!,
            "f7@example.org"
        );
    }

    private async Task BecomeReadyAndPayAsync(TestPartner partner, string reference, string email)
    {
        var asked = (await partner.EligibilityAsync(reference)).Requirements();
        Assert.Equal(EligibilityCalls.Express, asked);
        (await partner.Identity.UpdateAsync(reference, email, EligibilityCalls.DataFor(asked))).Is(200);
        Assert.Empty((await partner.EligibilityAsync(reference)).Requirements());
        var (payer, operation) = await app.TransferAsync(partner, reference, 50m);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("completed", await payer.StatusAsync(operation));
    }
}
