namespace Serverless.Tests.Widget;

/// <summary>Persons that a test of the page begins with.</summary>
internal static class Persons
{
    /// <summary>A link of a person who is verified and whose payment method is known: it begins with the amount.</summary>
    public static async Task<TestLink> VerifiedAsync(TestApp app, TestPartner? partner = null)
    {
        partner ??= await app.NewPartnerAsync();
        var reference = TestPartner.NewReference();
        var first = await partner.CreateLinkAsync(reference, userData: Samples.FullUserData());
        (await partner.PostAsync($"/partner/links/{first.Id}/cip/tickets", new { })).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        (await first.RevokeAsync()).Is(200);
        return await partner.CreateLinkAsync(reference);
    }

    /// <summary>How many transfers a link's person has made.</summary>
    public static async Task<int> TransfersAsync(TestPartner partner, TestLink link) =>
        (await partner.GetAsync($"/partner/operations?referenceId={link.Reference}")).Is(200).Data["items"]!.AsArray().Count;
}
