using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary>The partner's profile and a link's timeline.</summary>
public sealed class ProfileAndActivityTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_profile_says_who_the_key_belongs_to()
    {
        var partner = await app.NewPartnerAsync();
        var profile = (await partner.GetAsync("/partner/me")).Is(200).Data;
        Assert.Equal(
            (partner.Id, "A partner", "active", "sandbox"),
            (
                (string?)profile["partnerId"],
                (string?)profile["name"],
                (string?)profile["status"],
                (string?)profile["environment"]
            )
        );
        Assert.Equal(
            """{"linkExpiresInMinutes":60,"flows":["m2m-basic"],"languages":["en","es"],"paymentMethods":["bank_account","cash"],"dataRequests":"on_create","emailVerification":"partner","otpEnabled":false,"kycWebhooks":false,"kycSharing":true,"standaloneKyc":false,"reliance":false}""",
            profile["settings"]!.ToJsonString()
        );
        Assert.NotNull(profile["branding"]);
        (await app.GetAsync("/partner/me")).Is(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task The_timeline_tells_what_the_webhooks_tell_oldest_first()
    {
        var inbox = await app.NewInboxAsync();
        string[] events =
        [
            "link.created",
            "link.opened",
            "link.revoked",
            "user.data_request",
            "user.status_changed",
            "user.data_request.fulfilled",
        ];
        var partner = await app.NewPartnerAsync(inbox, events);
        var earlier = await partner.CreateLinkAsync("cust-1");
        (await earlier.RevokeAsync()).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        inbox = await app.NewInboxAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = inbox.Url, events })).Is(200);
        var link = await partner.CreateLinkAsync(
            "cust-1",
            userData: Samples.LeastUserData(),
            metadata: new { order = 1 }
        );
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        var request = (string)
            inbox.Received.Single(webhook => webhook.Event == "user.data_request").Data["dataRequestId"]!;
        (
            await partner.PutAsync(
                $"/partner/data-requests/{request}",
                new { referenceId = "cust-1", userData = Samples.FullUserData().With("idNumber", CipSteps.Curp('0')) }
            )
        ).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));

        var items = (await partner.GetAsync($"/partner/links/{link.Id}/activity")).Is(200).Data["items"]!.AsArray();
        Assert.Equal(
            [
                "link.created",
                "user.data_request",
                "link.opened",
                "user.data_request.fulfilled",
                "user.status_changed",
                "user.status_changed",
                "user.status_changed",
            ],
            items.Select(item => (string?)item!["type"])
        );
        Assert.Equal(
            ["data_complete", "cip_pending", "cip_verified"],
            items.TakeLast(3).Select(item => (string?)item!["data"]!["status"])
        );
        Assert.Equal(
            inbox
                .Received.Select(webhook =>
                    (webhook.Event, (string)webhook.Json["timestamp"]!, webhook.Data.ToJsonString())
                )
                .Order(),
            items.Select(item => ((string)item!["type"]!, (string)item["at"]!, item["data"]!.ToJsonString())).Order()
        );
    }

    [Fact]
    public async Task Another_partner_s_timeline_is_not_there()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        var stranger = await app.NewPartnerAsync();
        (await stranger.GetAsync($"/partner/links/{link.Id}/activity")).Is(404, "RESOURCE_NOT_FOUND");
        (await stranger.GetAsync($"/partner/links/link_{stranger.Id}_01kg0000000000000000000000/activity")).Is(404);
    }
}
