using Xunit;

namespace Serverless.Tests.Maintenance;

public sealed class PurgeTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task An_orchestration_is_forgotten_a_week_after_it_was_begun_once_it_has_ended()
    {
        var partner = await app.NewPartnerAsync();
        var shortLived = await partner.CreateLinkAsync(expiresInMinutes: 5);
        await app.AdvanceAsync(TimeSpan.FromDays(2));
        var longLived = await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromDays(4));
        Assert.NotNull(await app.Durable.GetInstanceAsync(shortLived.Id, TestContext.Current.CancellationToken));

        await app.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Null(await app.Durable.GetInstanceAsync(shortLived.Id, TestContext.Current.CancellationToken));
        Assert.NotNull(await app.Durable.GetInstanceAsync(longLived.Id, TestContext.Current.CancellationToken));
        Assert.Equal("expired", await shortLived.StatusAsync());
    }
}
