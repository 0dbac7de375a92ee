using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>Where events go and which of them.</summary>
public sealed class EndpointTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_link_s_callback_goes_before_the_partner_s_endpoint()
    {
        var own = await app.NewInboxAsync();
        var callback = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(own);
        var link = await partner.CreateLinkAsync(callback: callback, userData: Samples.FullUserData());
        await link.OpenAsync();
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(["link.created", "link.opened"], callback.Events.Order(StringComparer.Ordinal));
        Assert.Equal(["link.created"], own.Events);
        // The partner's secret signs both.
        var webhook = callback.Received[0];
        Assert.Equal(
            Expected.M2m(partner.Secret, webhook.Headers["X-M2M-Timestamp"], webhook.Body),
            webhook.Headers["X-M2M-Signature"]
        );
    }

    [Fact]
    public async Task Without_any_URL_nothing_is_queued()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        await link.OpenAsync();
        await app.IdleAsync();
        Assert.Empty(
            await app.RowsAsync("Deliveries", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );

        // Nor is it made up for when a URL is given later.
        var inbox = await app.NewInboxAsync();
        await partner.PutAsync("/partner/webhooks/endpoint", new { url = inbox.Url });
        await app.AdvanceAsync(TimeSpan.FromMinutes(30));
        Assert.Empty(inbox.Received);
    }

    [Fact]
    public async Task Further_events_come_only_to_those_who_subscribe()
    {
        var standard = await app.NewInboxAsync();
        var chosen = await app.NewInboxAsync();
        foreach (
            var (inbox, events) in new[] { (standard, (string[]?)null), (chosen, ["link.revoked", "link.expired"]) }
        )
        {
            var partner = await app.NewPartnerAsync(inbox, events ?? [.. Functions.Events.PartnerEvents.OnByDefault]);
            var revoked = await partner.CreateLinkAsync();
            await revoked.OpenAsync();
            await app.IdleAsync();
            await revoked.RevokeAsync();
            await partner.CreateLinkAsync(expiresInMinutes: 5);
            await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        }
        Assert.Equal(
            ["link.created", "link.created", "link.opened", "user.data_request", "user.data_request"],
            standard.Events.Order(StringComparer.Ordinal)
        );
        Assert.Equal(["link.expired", "link.revoked"], chosen.Events.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_endpoint_is_shown_as_it_was_put()
    {
        var partner = await app.NewPartnerAsync();
        var plain = (
            await app.PostAsync("/operator/partners", new { partnerId = $"plain-{app.Prefix}", name = "Plain" })
        ).Is(201);
        var standard = (await app.GetAsync("/partner/webhooks/endpoint", ("X-API-Key", (string)plain.Data["apiKey"]!)))
            .Is(200)
            .Data;
        Assert.Equal(
            """{"events":["link.created","link.opened","user.data_request","operation.created","operation.cancelled"],"enabled":true,"status":{"state":"healthy"}}""",
            standard.ToJsonString()
        );

        var put = (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new
                {
                    url = "https://partner.example.com/hook",
                    events = new[] { "link.expired", "link.expired" },
                    enabled = false,
                    description = " ours ",
                }
            )
        ).Is(200).Data;
        Assert.StartsWith(
            """{"url":"https://partner.example.com/hook","events":["link.expired"],"enabled":false,"description":"ours","status":{"state":"paused","since":""",
            put.ToJsonString(),
            StringComparison.Ordinal
        );
        Assert.Equal(put.ToJsonString(), (await partner.GetAsync("/partner/webhooks/endpoint")).Data.ToJsonString());
    }

    [Fact]
    public async Task An_endpoint_that_wants_no_events_gets_none()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync();
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = inbox.Url, events = Array.Empty<string>() }
            )
        ).Is(200);
        Assert.Equal("[]", (await partner.GetAsync("/partner/webhooks/endpoint")).Data["events"]!.ToJsonString());
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Empty(inbox.Received);
    }

    [Fact]
    public async Task A_disabled_endpoint_gets_nothing_and_a_callback_still_does()
    {
        var own = await app.NewInboxAsync();
        var callback = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync();
        await partner.PutAsync(
            "/partner/webhooks/endpoint",
            new
            {
                url = own.Url,
                events = new[] { "link.created" },
                enabled = false,
            }
        );
        await partner.CreateLinkAsync();
        await partner.CreateLinkAsync(callback: callback);
        await app.IdleAsync();
        Assert.Empty(own.Received);
        Assert.Single(callback.Received);
    }

    [Theory]
    [InlineData("""{"url":5}""", "url")]
    [InlineData("""{"url":"nowhere"}""", "url")]
    [InlineData("""{"url":"http://user@127.0.0.1/"}""", "url")]
    [InlineData("""{"url":null,"events":["nothing"]}""", "events")]
    [InlineData("""{"url":null,"events":[5]}""", "events")]
    [InlineData("""{"url":null,"events":["\ud800"]}""", "events")]
    [InlineData("""{"url":null,"events":{}}""", "events")]
    [InlineData("""{"url":null,"enabled":1}""", "enabled")]
    [InlineData("""{"url":null,"description":["x"]}""", "description")]
    [InlineData("""{"events":["link.created"]}""", "url")]
    [InlineData("{}", "url")]
    public async Task What_is_wrong_with_an_endpoint_is_said_by_name_and_changes_nothing(string body, string field)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        Assert.Equal(
            [field],
            (await partner.PutAsync("/partner/webhooks/endpoint", body)).Is(400, "INVALID_REQUEST").Fields
        );
        Assert.Equal(inbox.Url, (string?)(await partner.GetAsync("/partner/webhooks/endpoint")).Data["url"]);
    }

    [Fact]
    public async Task PATCH_changes_the_parts_that_it_names_and_leaves_the_others()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new
                {
                    url = inbox.Url,
                    events = new[] { "link.created" },
                    description = "ours",
                }
            )
        ).Is(200);
        var events = (await PatchAsync(partner, """{"events":["link.opened"]}""")).Is(200).Data;
        Assert.Equal((inbox.Url, """["link.opened"]""", true, "ours"), Parts(events));
        Assert.Equal(
            (inbox.Url, """["link.opened"]""", false, "ours"),
            Parts((await PatchAsync(partner, """{"enabled":false}""")).Is(200).Data)
        );
        Assert.Equal(
            (inbox.Url, """["link.opened"]""", false, null),
            Parts((await PatchAsync(partner, """{"description":null}""")).Is(200).Data)
        );
        Assert.Equal(
            (null, """["link.opened"]""", false, null),
            Parts((await PatchAsync(partner, """{"url":null}""")).Is(200).Data)
        );
        var whole = (
            await PatchAsync(
                partner,
                new
                {
                    url = inbox.Url,
                    events = new[] { "link.created" },
                    enabled = true,
                    description = "all",
                }
            )
        ).Is(200).Data;
        Assert.Equal((inbox.Url, """["link.created"]""", true, "all"), Parts(whole));
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(["link.created"], inbox.Events);
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("""{"other":1}""", "body")]
    [InlineData("""{"events":null}""", "events")]
    [InlineData("""{"enabled":null,"url":"nowhere"}""", "url", "enabled")]
    [InlineData("""{"events":["nothing"]}""", "events")]
    public async Task A_PATCH_that_names_nothing_or_something_wrong_is_refused_and_changes_nothing(
        string body,
        params string[] fields
    )
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var before = (await partner.GetAsync("/partner/webhooks/endpoint")).Text;
        Assert.Equal(fields, (await PatchAsync(partner, body)).Is(400, "INVALID_REQUEST").Fields);
        Assert.Equal(before, (await partner.GetAsync("/partner/webhooks/endpoint")).Text);
    }

    private static Task<Reply> PatchAsync(TestPartner partner, object body) =>
        partner.SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", body);

    private static (string? Url, string Events, bool Enabled, string? Description) Parts(
        System.Text.Json.Nodes.JsonNode shown
    ) =>
        (
            (string?)shown["url"],
            shown["events"]!.ToJsonString(),
            (bool)shown["enabled"]!,
            (string?)shown["description"]
        );
}
