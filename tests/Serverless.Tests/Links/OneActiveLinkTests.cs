using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Links;

/// <summary>One live link a person, also under concurrency.</summary>
public sealed class OneActiveLinkTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Of_50_parallel_creations_for_one_person_exactly_one_succeeds()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ => partner.PostLinkAsync(new { referenceId = "cust-1", userData = Samples.FullUserData() }))
        );

        var created = Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(49, replies.Count(reply => reply is { Status: 409, Code: "ACTIVE_LINK_EXISTS" }));
        await app.IdleAsync();
        Assert.Equal((string?)created.Data["linkId"], (string?)Assert.Single(await partner.ListAsync())!["linkId"]);
        Assert.Equal(
            (string?)created.Data["linkId"],
            (string?)Assert.Single(await partner.ListAsync("?referenceId=cust-1"))!["linkId"]
        );

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
        var replies = await Task.WhenAll(
            opening.Zip(revoking, (open, revoke) => new[] { open, revoke }).SelectMany(pair => pair)
        );

        Assert.Single(replies.Where((_, i) => i % 2 == 1), reply => reply.Status == 200);
        Assert.All(
            replies.Where((_, i) => i % 2 == 0),
            reply => Assert.True(reply.Status == 200 || reply.Code == "LINK_REVOKED", reply.ToString())
        );
        await app.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.Single(inbox.Events, "link.revoked");
        Assert.True(inbox.Events.Count(name => name == "link.opened") <= 1);
        Assert.Equal("revoked", await link.StatusAsync());
    }

    [Fact]
    public async Task A_stale_pointer_is_replaced_before_its_timer_has_fired()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync("cust-1", expiresInMinutes: 5);
        // As if the timer were late: the pointer says that the link is over, the link's row still says created.
        var pointer = Assert.Single(
            await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|cust-1' and RowKey eq 'link|active'")
        );
        pointer["ExpiresAt"] = app.Clock.GetUtcNow() - TimeSpan.FromSeconds(1);
        await app.Table("Users")
            .UpdateEntityAsync(pointer, pointer.ETag, cancellationToken: TestContext.Current.CancellationToken);

        var second = await partner.CreateLinkAsync("cust-1");
        await first.RevokeAsync();
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(409, "ACTIVE_LINK_EXISTS");
        Assert.Equal("created", await second.StatusAsync());
    }

    /// <summary>Whoever has lost the answer, or meets a link that somebody else made, sends that one again.</summary>
    [Theory]
    [InlineData("created")]
    [InlineData("opened")]
    [InlineData("in_progress")]
    public async Task A_refusal_carries_the_live_link_and_says_what_can_be_done(string status)
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(expiresInMinutes: 10_080);
        if (status != "created")
            await link.OpenAsync();
        if (status == "in_progress")
            (await (await Visitor.OpenAsync(app, link)).StepAsync()).Is(200);
        var body = new { referenceId = link.Reference };
        var refused = (await partner.PostLinkAsync(body, "again")).Is(409, "ACTIVE_LINK_EXISTS");
        var error = refused.Json["error"]!;
        Assert.Equal(
            (link.Id, status, link.Url.ToString(), (string)link.Created["expiresAt"]!),
            (
                (string)error["link"]!["linkId"]!,
                (string)error["link"]!["status"]!,
                (string)error["link"]!["url"]!,
                (string)error["link"]!["expiresAt"]!
            )
        );
        var message = (string)error["message"]!;
        Assert.Contains($"until {link.Created["expiresAt"]}", message, StringComparison.Ordinal);
        Assert.Equal(
            status == "in_progress",
            message.Contains("a link in progress cannot be revoked", StringComparison.Ordinal)
        );
        Assert.Equal(status != "in_progress", message.Contains("revoke it", StringComparison.Ordinal));
        Assert.Equal(refused.Text, (await partner.PostLinkAsync(body, "again")).Is(409).Text);

        var revoked = await link.RevokeAsync();
        if (status == "in_progress")
        {
            revoked.Is(409, "LINK_NOT_REVOCABLE");
            Assert.Contains("in progress", revoked.Text, StringComparison.Ordinal);
            Assert.Contains((string)link.Created["expiresAt"]!, revoked.Text, StringComparison.Ordinal);
            return;
        }
        revoked.Is(200);
        Assert.Contains(
            "already revoked",
            (await link.RevokeAsync()).Is(409, "LINK_NOT_REVOCABLE").Text,
            StringComparison.Ordinal
        );
        Assert.Equal(refused.Text, (await partner.PostLinkAsync(body, "again")).Is(409).Text);
        (await partner.PostLinkAsync(body)).Is(201);
    }
}
