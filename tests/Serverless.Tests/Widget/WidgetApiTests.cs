using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>The widget's own routes.</summary>
public sealed class WidgetApiTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] Origins = ["https://app.example.com", "https://b.example:8443"];

    [Fact]
    public async Task Every_route_but_open_wants_the_session_of_this_link()
    {
        var partner = await app.NewPartnerAsync();
        var (link, other) = (await partner.CreateLinkAsync(), await partner.CreateLinkAsync());
        var session = await Visitor.OpenAsync(app, link);
        var foreign = await Visitor.OpenAsync(app, other);
        (await session.StateAsync()).Is(200);
        foreach (
            var wrong in new[]
            {
                "",
                "x",
                "1.b.c",
                foreign.Session,
                session.Session[..^2] + "zz",
                "9" + session.Session,
                session.Session.Replace(".b.", ".c.", StringComparison.Ordinal),
            }
        )
        {
            var visitor = session with { Session = wrong };
            (await visitor.StateAsync()).Is(401, "UNAUTHORIZED");
            (await visitor.StepAsync()).Is(401);
            (await visitor.PutAsync(Samples.FullUserData())).Is(401);
        }
        (await app.GetAsync($"/widget/links/link_{partner.Id}_01kg0000000000000000000000/state")).Is(404);
        (await app.GetAsync("/widget/links/x/state")).Is(404);
    }

    [Fact]
    public async Task A_closed_link_says_why()
    {
        var partner = await app.NewPartnerAsync();
        var (revoked, expired) = (await partner.CreateLinkAsync(), await partner.CreateLinkAsync(expiresInMinutes: 5));
        var (one, two) = (await Visitor.OpenAsync(app, revoked), await Visitor.OpenAsync(app, expired));
        (await revoked.RevokeAsync()).Is(200);
        (await one.StateAsync()).Is(409, "LINK_REVOKED");
        (await one.PutAsync(Samples.FullUserData())).Is(409, "LINK_REVOKED");
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await two.StateAsync()).Is(409, "LINK_EXPIRED");
        (await two.StepAsync()).Is(409, "LINK_EXPIRED");
    }

    [Fact]
    public async Task Of_20_that_reach_the_step_one_moves_the_link_and_the_partner_hears_of_it_once()
    {
        var inbox = await app.NewInboxAsync();
        var link = await (await app.NewPartnerAsync(inbox, ["link.in_progress"])).CreateLinkAsync();
        var visitor = await Visitor.OpenAsync(app, link);
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => visitor.StepAsync()));
        Assert.All(replies, reply => Assert.Equal("in_progress", (string?)reply.Is(200).Data["status"]));
        await app.IdleAsync();
        Assert.Equal(
            (link.Id, "in_progress"),
            ((string?)Assert.Single(inbox.Received).Data["linkId"], (string?)inbox.Received[0].Data["status"])
        );
        (await visitor.PostAsync("step", new { step = "amount" })).Is(400);
    }

    /// <summary>Whoever holds the link sees its page: more than it asks for is not for them.</summary>
    [Fact]
    public async Task Of_what_the_identity_API_knows_the_widget_shows_only_what_it_asks_for_itself()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.CreateAsync(
                "known-1",
                "known@example.org",
                new JsonObject
                {
                    ["givenName"] = "Carla",
                    ["surname"] = "Known",
                    ["occupation"] = "Astronaut",
                    ["residentialAddress"] = new JsonObject
                    {
                        ["addressLine"] = "1 Hidden Street",
                        ["suburb"] = "Springfield",
                        ["postCode"] = "12345",
                        ["state"] = "IL",
                        ["country"] = "US",
                    },
                }
            )
        ).Is(201);
        var visitor = await Visitor.OpenAsync(app, await partner.CreateLinkAsync("known-1"));

        var state = (await visitor.StepAsync()).Is(200).Data;

        Assert.Equal(
            ["name.firstName", "name.lastName"],
            state["fields"]!.AsArray().Select(field => (string)field!["path"]!)
        );
        Assert.All(
            ["Hidden", "Springfield", "Astronaut", "known@"],
            value => Assert.DoesNotContain(value, state.ToJsonString(), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_is_typed_is_held_as_typed_and_loses_to_the_partner_without_a_word()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(userData: Samples.LeastUserData());
        var visitor = await Visitor.OpenAsync(app, link);
        var state = (await visitor.PutAsync(Samples.FullUserData().With("name.firstName", "Karl"))).Is(200).Data;
        var fields = state["fields"]!
            .AsArray()
            .ToDictionary(
                field => (string)field!["path"]!,
                field => ((string?)field!["value"], (string?)field["source"], (bool)field["locked"]!)
            );
        Assert.Equal(("Carlos", "partner_api", true), fields["name.firstName"]);
        Assert.Equal(("Ruiz", "widget", false), fields["name.secondLastName"]);
        Assert.Equal(("••••RL09", "widget", false), fields["idNumber"]);
        Assert.Equal(("1990-05-14", "widget", false), fields["dob"]);
        Assert.Equal(
            ("cash", true),
            ((string?)state["paymentMethod"]!["type"], (bool)state["paymentMethod"]!["locked"]!)
        );
        Assert.Equal("document", (string?)state["step"]);
        Assert.Empty(state["missing"]!.AsArray());
        Assert.DoesNotContain(Samples.Curp, state.ToJsonString(), StringComparison.Ordinal);

        Assert.Equal(
            ["userData.dob"],
            (await visitor.PutAsync(new JsonObject { ["dob"] = "1990-02-30" })).Is(400, "INVALID_REQUEST").Fields
        );
    }

    [Fact]
    public async Task The_widget_waits_for_the_partner_until_the_grace_period_is_over_and_then_asks()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"], new { dataRequests = "on_open" });
        var link = await partner.CreateLinkAsync();
        var visitor = await Visitor.OpenAsync(app, link);
        Assert.False((bool)(await visitor.StateAsync()).Data["dataRequest"]!["waiting"]!);
        await visitor.StepAsync();
        Assert.True((bool)(await visitor.StateAsync()).Data["dataRequest"]!["waiting"]!);
        await app.AdvanceAsync(TimeSpan.FromSeconds(11));
        var state = (await visitor.StateAsync()).Data;
        Assert.Equal(
            ("pending", false, "data"),
            ((string?)state["dataRequest"]!["status"], (bool)state["dataRequest"]!["waiting"]!, (string?)state["step"])
        );

        var row = Assert.Single(await app.RowsAsync("Users", $"RowKey eq 'request|dr_{link.Id["link_".Length..]}'"));
        Assert.NotNull(row.GetDateTimeOffset("FellBackAt"));

        // As if the timer were late: the clock alone is enough.
        row.Remove("FellBackAt");
        await app.Table("Users")
            .UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, TestContext.Current.CancellationToken);
        Assert.False((bool)(await visitor.StateAsync()).Data["dataRequest"]!["waiting"]!);

        // A late answer is still taken, and outranks what was typed meanwhile.
        await visitor.PutAsync(new JsonObject { ["name"] = new JsonObject { ["firstName"] = "Karl" } });
        (
            await partner.PutAsync(
                $"/partner/data-requests/dr_{link.Id["link_".Length..]}",
                new { referenceId = link.Reference, userData = Samples.FullUserData() }
            )
        ).Is(200);
        state = (await visitor.StateAsync()).Data;
        Assert.Equal(
            ("Carlos", "partner_webhook", "document"),
            ((string?)state["fields"]![0]!["value"], (string?)state["fields"]![0]!["source"], (string?)state["step"])
        );
    }

    [Fact]
    public async Task What_was_verified_the_widget_no_longer_changes()
    {
        var visitor = await Visitor.OpenAsync(app, await (await app.NewPartnerAsync()).CreateLinkAsync());
        await visitor.PutAsync(Samples.FullUserData());
        (await visitor.PostAsync("cip", new { })).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        var state = (
            await visitor.PutAsync(
                Samples
                    .FullUserData()
                    .With("name.firstName", "Karl")
                    .With(
                        "paymentMethod",
                        new JsonObject
                        {
                            ["type"] = "cash",
                            ["cash"] = new JsonObject { ["provider"] = "Oxxo", ["reference"] = "R-1234567" },
                        }
                    )
            )
        ).Is(200).Data;
        Assert.Equal(
            ("amount", "verified", "Carlos", "cash"),
            (
                (string?)state["step"],
                (string?)state["cip"]!["status"],
                (string?)state["fields"]![0]!["value"],
                (string?)state["paymentMethod"]!["type"]
            )
        );
    }

    [Fact]
    public async Task A_partner_s_settings_say_who_may_embed_the_page()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        (
            await app.SendAsync(
                HttpMethod.Patch,
                $"/operator/partners/{partner.Id}",
                new { settings = new { allowedOrigins = Origins, theme = "dark" } }
            )
        ).Is(200);
        var page = await link.PageAsync();
        Assert.Contains(
            "frame-ancestors https://app.example.com https://b.example:8443;",
            page["Content-Security-Policy"],
            StringComparison.Ordinal
        );
        Assert.Contains("data-theme=\"dark\"", page.Text, StringComparison.Ordinal);
        foreach (
            var wrong in new[]
            {
                "https://app.example.com/",
                "*",
                "https://a.example; script-src *",
                "https://a.example b",
                "HTTPS://A.EXAMPLE",
                "javascript:1",
                "https://",
            }
        )
            Assert.Equal(
                ["settings.allowedOrigins"],
                (
                    await app.SendAsync(
                        HttpMethod.Patch,
                        $"/operator/partners/{partner.Id}",
                        new { settings = new { allowedOrigins = new[] { wrong } } }
                    )
                )
                    .Is(400)
                    .Fields
            );
        (
            await app.SendAsync(
                HttpMethod.Patch,
                "/operator/partners/nobody",
                new { settings = new { theme = "dark" } }
            )
        ).Is(404);
    }

    [Fact]
    public async Task Assets_are_kept_for_good_under_their_hash_and_asked_for_again_without()
    {
        var page = await (await (await app.NewPartnerAsync()).CreateLinkAsync()).PageAsync();
        var address = System
            .Text.RegularExpressions.Regex.Match(page.Text, "/widget/assets/widget.js\\?v=[0-9a-f]{12}")
            .Value;
        var script = (await app.GetAsync(address)).Is(200);
        Assert.Equal(
            ("text/javascript", "public, max-age=31536000, immutable"),
            (script.MediaType, script["Cache-Control"])
        );
        Assert.Contains("./texts.js?v=" + address[^12..], script.Text, StringComparison.Ordinal);
        Assert.Equal("no-cache", (await app.GetAsync("/widget/assets/widget.js"))["Cache-Control"]);
        Assert.Equal(304, (await app.GetAsync(address, ("If-None-Match", script["ETag"]!))).Status);
        (await app.GetAsync("/widget/assets/nothing.js")).Is(404);
    }
}
