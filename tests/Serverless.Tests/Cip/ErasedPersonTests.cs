using Xunit;

namespace Serverless.Tests.Cip;

/// <summary>A person who was erased while it was being verified.</summary>
public sealed class ErasedPersonTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData('2')]
    [InlineData('3')]
    [InlineData('4')]
    public async Task Verification_ends_quietly_and_nothing_brings_the_person_back(char decides)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.status_changed"]);
        var link = await partner.CompleteLinkAsync(decides);
        (await partner.PostTicketAsync(link)).Is(201);
        await app.IdleAsync();
        (await partner.SendAsync(HttpMethod.Delete, $"/partner/users/{link.Reference}", null)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal([("data_complete", "cip_pending")], inbox.Moves());
        (await partner.GetAsync($"/partner/users/{link.Reference}")).Is(404);
        Assert.Empty((await partner.GetAsync("/partner/users")).Is(200).Data["items"]!.AsArray());
        (await partner.ReviewAsync(link.Reference, "approve")).Is(404);
        (await partner.PostTicketAsync(link)).Is(409, "USER_ERASED");
        Assert.Empty(app.Log.Errors);
    }
}
