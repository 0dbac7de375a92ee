using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Tests.Links;

/// <summary><c>POST /partner/links/{linkId}/revoke</c>.</summary>
public sealed class RevokeLinkTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_that_is_created_or_opened_can_be_revoked(bool opened)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.revoked"]);
        var link = await partner.CreateLinkAsync("cust-1");
        if (opened)
            await link.OpenAsync();

        var data = (await link.RevokeAsync(new { reason = "  changed their mind " })).Is(200).Data;

        Assert.Equal(["linkId", "status", "revokedAt"], data.AsObject().Select(member => member.Key));
        Assert.Equal((link.Id, "revoked"), ((string?)data["linkId"], (string?)data["status"]));
        var detail = (await link.GetAsync()).Data;
        Assert.Equal("revoked", (string?)detail["status"]);
        Assert.Equal("changed their mind", (string?)detail["revokeReason"]);
        Assert.Equal((string?)data["revokedAt"], (string?)detail["revokedAt"]);
        await app.IdleAsync();
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal(
            (link.Id, "revoked", "changed their mind"),
            ((string?)webhook.Data["linkId"], (string?)webhook.Data["status"], (string?)webhook.Data["reason"])
        );
    }

    [Fact]
    public async Task A_revoked_link_cannot_be_revoked_again_and_keeps_its_reason()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        (await link.RevokeAsync(new { reason = "first" })).Is(200);
        (await link.RevokeAsync(new { reason = "second" })).Is(409, "LINK_NOT_REVOCABLE");
        Assert.Equal("first", (string?)(await link.GetAsync()).Data["revokeReason"]);
    }

    [Fact]
    public async Task A_revoked_link_cannot_be_opened()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        await link.RevokeAsync();
        (await link.OpenAsync()).Is(409, "LINK_REVOKED");
        Assert.Null((await link.GetAsync()).Data["openedAt"]);
    }

    [Fact]
    public async Task The_reason_is_optional_and_so_is_the_body()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var body in new object?[] { null, "{}", "{\"reason\":null}" })
            (await (await partner.CreateLinkAsync()).RevokeAsync(body)).Is(200);
    }

    [Theory]
    [InlineData("{\"reason\":5}", 400)]
    [InlineData("{\"reason\":\"\"}", 400)]
    [InlineData("{\"reason\":\"a\\u0000b\"}", 400)]
    [InlineData("[]", 400)]
    [InlineData("{", 400)]
    [InlineData("@501", 400)]
    [InlineData("@500", 200)]
    [InlineData("@20000", 413)]
    public async Task A_body_that_is_not_valid_revokes_nothing(string body, int status)
    {
        if (body[0] == '@')
            body =
                $$"""{"reason":"{{new string('r', int.Parse(body[1..], System.Globalization.CultureInfo.InvariantCulture))}}"}""";
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        (await link.RevokeAsync(body)).Is(status);
        Assert.Equal(status == 200 ? "revoked" : "created", await link.StatusAsync());
    }

    [Fact]
    public async Task A_revocation_ends_the_link_s_orchestration()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        await app.IdleAsync();
        var running = await app.Durable.GetInstanceAsync(link.Id, TestContext.Current.CancellationToken);
        Assert.Equal(OrchestrationRuntimeStatus.Running, running?.RuntimeStatus);
        await link.RevokeAsync();
        await app.IdleAsync();
        var ended = await app.Durable.GetInstanceAsync(link.Id, TestContext.Current.CancellationToken);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended?.RuntimeStatus);
    }

    [Fact]
    public async Task A_link_that_never_was_is_404() =>
        (await (await app.NewPartnerAsync()).PostAsync("/partner/links/link_nova_k3m8q1z7t5w2/revoke")).Is(
            404,
            "RESOURCE_NOT_FOUND"
        );

    [Fact]
    public async Task Webhooks_that_were_under_way_still_go_out()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var link = await (await app.NewPartnerAsync(inbox)).CreateLinkAsync();
        await app.IdleAsync();
        await link.RevokeAsync();
        inbox.AnswerWith(204);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["link.created", "link.created"], inbox.Events);
    }
}
