using Xunit;

namespace Serverless.Tests.Links;

/// <summary>A link dies at its time, by the clock as well as by its timer.</summary>
public sealed class ExpiryTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_link_expires_at_its_time_and_the_partner_hears_of_it_and_may_create_another()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.expired"]);
        var link = await partner.CreateLinkAsync("cust-1", expiresInMinutes: 30, metadata: new { order = 7 });

        await app.AdvanceAsync(TimeSpan.FromMinutes(29));
        Assert.Equal("created", await link.StatusAsync());
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(409, "ACTIVE_LINK_EXISTS");
        Assert.Empty(inbox.Received);

        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("expired", await link.StatusAsync());
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal("link.expired", webhook.Event);
        Assert.Equal(
            (link.Id, "cust-1", "expired"),
            ((string?)webhook.Data["linkId"], (string?)webhook.Data["referenceId"], (string?)webhook.Data["status"])
        );
        Assert.Equal((string?)link.Created["expiresAt"], (string?)webhook.Data["expiresAt"]);
        Assert.Equal("""{"order":7}""", webhook.Data["metadata"]!.ToJsonString());
        await partner.CreateLinkAsync("cust-1");
    }

    [Fact]
    public async Task An_opened_link_expires_too()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(expiresInMinutes: 5);
        await link.OpenAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("expired", await link.StatusAsync());
        (await link.OpenAsync()).Is(409, "LINK_EXPIRED");
    }

    [Fact]
    public async Task An_expired_link_can_be_neither_opened_nor_revoked()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(expiresInMinutes: 5);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await link.OpenAsync()).Is(409, "LINK_EXPIRED");
        (await link.RevokeAsync()).Is(409, "LINK_NOT_REVOCABLE");
        Assert.Equal(410, (await link.PageAsync()).Status);
        Assert.Equal("expired", await link.StatusAsync());
    }

    [Fact]
    public async Task A_link_past_its_time_is_expired_whatever_its_row_says()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("cust-1");
        await app.IdleAsync();
        // As if the timer were late: the row's time is up, nothing has written the new status.
        var row = Assert.Single(await app.RowsAsync("Users", $"RowKey eq 'link|{link.Id}'"));
        row["ExpiresAt"] = app.Clock.GetUtcNow() - TimeSpan.FromSeconds(1);
        await app.Table("Users")
            .UpdateEntityAsync(row, row.ETag, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("Created", row.GetString("Status"));
        Assert.Equal("expired", await link.StatusAsync());
        (await link.OpenAsync()).Is(409, "LINK_EXPIRED");
        (await link.RevokeAsync()).Is(409, "LINK_NOT_REVOCABLE");
    }

    [Fact]
    public async Task A_revoked_link_stays_revoked_when_its_time_is_up()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.expired", "link.revoked"]);
        var link = await partner.CreateLinkAsync(expiresInMinutes: 5);
        await link.RevokeAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("revoked", await link.StatusAsync());
        Assert.Equal(["link.revoked"], inbox.Events);
    }

    [Fact]
    public async Task The_timer_survives_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-");
        try
        {
            await using var own = await TestApp.StartAsync(("Local:DataFolder", folder.FullName));
            var inbox = await own.NewInboxAsync();
            var partner = await own.NewPartnerAsync(inbox, ["link.expired"]);
            var link = await partner.CreateLinkAsync(expiresInMinutes: 10);
            await own.AdvanceAsync(TimeSpan.FromMinutes(6));
            await own.RestartAsync();
            Assert.Equal("created", await link.StatusAsync());
            await own.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal("expired", await link.StatusAsync());
            Assert.Equal(["link.expired"], inbox.Events);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
