using Xunit;

namespace Serverless.Tests.Links;

public sealed class CreateLinkTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_reference_alone_is_enough()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(new { referenceId = "cust-9001" });
        reply.Is(201);
        var data = reply.Data;
        Assert.Equal(["linkId", "referenceId", "status", "url", "token", "expiresAt", "createdAt"], data.AsObject().Select(member => member.Key));
    }
}
