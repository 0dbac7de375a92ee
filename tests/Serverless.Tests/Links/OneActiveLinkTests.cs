using Xunit;

namespace Serverless.Tests.Links;

/// <summary>Contract m2m, section 6 and choice 13: one live link a person, also under concurrency.</summary>
public sealed class OneActiveLinkTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Choice_13_of_50_parallel_creations_for_one_person_exactly_one_succeeds()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => partner.PostLinkAsync(new { referenceId = "cust-1", userData = Samples.FullUserData() })));

        var created = Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(49, replies.Count(reply => reply is { Status: 409, Code: "ACTIVE_LINK_EXISTS" }));
        await app.IdleAsync();
        Assert.Equal((string?)created.Data["linkId"], (string?)Assert.Single(await partner.ListAsync())!["linkId"]);
        Assert.Equal((string?)created.Data["linkId"], (string?)Assert.Single(await partner.ListAsync("?referenceId=cust-1"))!["linkId"]);

        // What the losers announced is dropped; the winner's webhook comes once.
        await app.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.Equal((string?)created.Data["linkId"], (string?)Assert.Single(inbox.Received).Data["linkId"]);
    }

    [Fact]
    public async Task Of_20_parallel_revocations_and_openings_each_happens_at_most_once()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.opened", "link.revoked"]);
        var link = await partner.CreateLinkAsync();
        var opening = Enumerable.Range(0, 10).Select(_ => link.OpenAsync());
        var revoking = Enumerable.Range(0, 10).Select(_ => link.RevokeAsync());
        var replies = await Task.WhenAll(opening.Zip(revoking, (open, revoke) => new[] { open, revoke }).SelectMany(pair => pair));

        Assert.Single(replies.Where((_, i) => i % 2 == 1), reply => reply.Status == 200);
        Assert.All(replies.Where((_, i) => i % 2 == 0), reply => Assert.True(reply.Status == 200 || reply.Code == "LINK_REVOKED", reply.ToString()));
        await app.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.Single(inbox.Events, "link.revoked");
        Assert.True(inbox.Events.Count(name => name == "link.opened") <= 1);
        Assert.Equal("revoked", await link.StatusAsync());
    }

    [Fact]
    public async Task Choice_13_a_stale_pointer_is_replaced_before_its_timer_has_fired()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync("cust-1", expiresInMinutes: 5);
        // As if the timer were late: the pointer says that the link is over, the link's row still says created.
        var pointer = Assert.Single(await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|cust-1' and RowKey eq 'link|active'"));
        pointer["ExpiresAt"] = app.Clock.GetUtcNow() - TimeSpan.FromSeconds(1);
        await app.Table("Users").UpdateEntityAsync(pointer, pointer.ETag, cancellationToken: TestContext.Current.CancellationToken);

        var second = await partner.CreateLinkAsync("cust-1");
        await first.RevokeAsync();
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(409, "ACTIVE_LINK_EXISTS");
        Assert.Equal("created", await second.StatusAsync());
    }
}
