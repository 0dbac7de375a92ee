using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Portal;

/// <summary>The portal in a browser: its screens in every look, and what its users do there.</summary>
public sealed class PortalBrowserTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    [Fact]
    public async Task Every_screen_of_links_is_accessible_and_fits()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, events: ["link.created", "link.opened", "user.data_request"]);
        await using var portal = await PortalTab.VisitAsync(app, browser);
        await portal.IsGoodAsync("sign-in");
        await portal.Page.EvaluateAsync("() => localStorage.clear()");
        await portal.Page.ReloadAsync();
        await portal.EnterAsync(partner.Key);
        await portal.GoAsync("links");
        await portal.IsGoodAsync("links-none");

        var link = await partner.CreateLinkAsync(userData: Samples.FullUserData(), metadata: new { order = "A-1001" });
        await link.OpenAsync();
        for (var more = 0; more < 24; more++)
            await partner.CreateLinkAsync();
        await app.IdleAsync();
        await portal.GoAsync("links?status=");
        await portal.IsGoodAsync("links");
        await portal.GoAsync($"links/{link.Id}");
        await portal.IsGoodAsync("link");
        await portal.GoAsync("links/new");
        await portal.IsGoodAsync("links-new", async () => await portal.Page.Locator("#withPerson").CheckAsync());
    }

    [Fact]
    public async Task A_link_is_created_found_and_revoked_by_keyboard_alone()
    {
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("links/new");
        await page.Locator("#referenceId").FocusAsync();
        await page.Keyboard.PressAsync("ControlOrMeta+a");
        await page.Keyboard.TypeAsync("by-keyboard");
        await Expect(page.Locator("pre code")).ToContainTextAsync("\"referenceId\": \"by-keyboard\"");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "The link is created" })).ToBeFocusedAsync();
        var made = Assert.Single(await partner.ListAsync("?referenceId=by-keyboard"));

        await page.GetByRole(AriaRole.Link, new() { Name = "See the link" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await portal.DrawnAsync($"links/{made!["linkId"]}");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByLabel("Reason (optional)").FocusAsync();
        await page.Keyboard.TypeAsync("called off");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("Revoked");
        var revoked = (await partner.GetAsync($"/partner/links/{made["linkId"]}")).Is(200).Data;
        Assert.Equal(("revoked", "called off"), ((string)revoked["status"]!, (string)revoked["revokeReason"]!));
    }

    [Fact]
    public async Task The_list_of_links_is_filtered_and_goes_on_and_its_filters_stand_in_the_address()
    {
        var partner = await app.NewPartnerAsync();
        for (var made = 0; made < 23; made++)
            await partner.CreateLinkAsync();
        var revoked = await partner.CreateLinkAsync();
        (await revoked.RevokeAsync()).Is(200);
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("links");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(20);
        await Expect(page.Locator(".shown")).ToHaveTextAsync("20 of 24");
        Assert.EndsWith(
            " UTC",
            (await page.Locator("tbody time").First.GetAttributeAsync("title"))!,
            StringComparison.Ordinal
        );
        await page.GetByRole(AriaRole.Button, new() { Name = "Show more" }).ClickAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(24);
        await page.GetByLabel("What was done").SelectOptionAsync("revoked");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.EndsWith("#/links?status=revoked", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("Your reference").FillAsync("nobody");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".empty-title")).ToHaveTextAsync("No link fits these filters");
        await page.GoBackAsync();
        await Expect(page.Locator("tbody th")).ToHaveTextAsync(revoked.Reference);
    }

    [Fact]
    public async Task A_page_whose_session_has_ended_asks_for_a_key_and_goes_on_where_it_was()
    {
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        await portal.GoAsync("links/new");
        await portal.Page.Context.ClearCookiesAsync();
        await portal.Page.Locator("#referenceId").FocusAsync();
        await portal.Page.Keyboard.PressAsync("Enter");
        await Expect(portal.Page.Locator(".notice")).ToHaveTextAsync("Your session has ended. Sign in again.");
        await portal.Page.GetByLabel("API key").FillAsync("m2m_test_nothing");
        await portal.Page.Keyboard.PressAsync("Enter");
        await Expect(portal.Page.Locator("#key-error"))
            .ToHaveTextAsync("This is no key of this environment, or it was revoked.");
        await portal.EnterAsync(partner.Key);
        await portal.DrawnAsync("links/new");
        // Nothing of the key is left in the page.
        Assert.DoesNotContain(
            partner.Key,
            await portal.Page.EvaluateAsync<string>(
                "() => JSON.stringify([document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, document.cookie, [...document.querySelectorAll('input')].map((input) => input.value)])"
            ),
            StringComparison.Ordinal
        );
        await portal.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).First.ClickAsync();
        await Expect(portal.Page.Locator(".notice")).ToHaveTextAsync("You are signed out.");
        await portal.Page.ReloadAsync();
        await Expect(portal.Page.GetByLabel("API key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_script_in_a_name_in_metadata_or_in_an_answer_does_nothing()
    {
        const string script = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>";
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (_, http) => http.Response.WriteAsync(script, TestContext.Current.CancellationToken);
        var reply = await app.PostAsync(
            "/operator/partners",
            new
            {
                partnerId = $"s-{app.Prefix}",
                name = "<script>document.title='hacked'</script>",
                webhookUrl = inbox.Url,
            }
        );
        var key = (string)reply.Is(201).Data["apiKey"]!;
        var created = await app.PostAsync(
            "/partner/links",
            new
            {
                referenceId = "customer-1",
                metadata = new { note = script, url = "javascript:document.title='hacked'" },
            },
            ("X-API-Key", key)
        );
        var link = (string)created.Is(201).Data["linkId"]!;
        (await app.PostAsync($"/partner/links/{link}/revoke", new { reason = script }, ("X-API-Key", key))).Is(200);
        await app.IdleAsync();
        var deliveries = await app.GetAsync("/partner/webhooks/deliveries?event=link.created", ("X-API-Key", key));
        await using var portal = await PortalTab.SignInAsync(app, browser, key);
        foreach (
            var view in new[]
            {
                $"links/{link}",
                $"webhooks/deliveries/{deliveries.Is(200).Data["items"]![0]!["deliveryId"]}",
            }
        )
        {
            await portal.GoAsync(view);
            await Expect(portal.Page.Locator("main")).ToContainTextAsync("document.title='hacked'");
            Assert.Equal(0, await portal.Page.Locator("main img, main script, [href^=javascript]").CountAsync());
            Assert.DoesNotContain("hacked", await portal.Page.TitleAsync(), StringComparison.Ordinal);
        }
        await Expect(portal.Page.GetByRole(AriaRole.Complementary)).ToContainTextAsync("<script>");
    }

    [Fact]
    public async Task A_framed_page_is_not_shown()
    {
        await using var tab = await WidgetTab.VisitAsync(browser, new Uri(app.Address, "/portal"));
        var page = await tab.Page.Context.NewPageAsync();
        await page.RouteAsync(
            "https://evil.example/",
            route =>
                route.FulfillAsync(
                    new()
                    {
                        ContentType = "text/html",
                        Body = $"<iframe src=\"{new Uri(app.Address, "/portal")}\"></iframe>",
                    }
                )
        );
        await page.GotoAsync("https://evil.example/");
        Assert.Equal(0, await page.FrameLocator("iframe").Locator("#key").CountAsync());
    }

    [Fact]
    public async Task Every_screen_of_users_is_accessible_and_fits()
    {
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        await portal.GoAsync("users");
        await portal.IsGoodAsync("users-none");
        var link = await partner.CreateLinkAsync("customer-1", userData: Samples.FullUserData());
        (await link.RevokeAsync()).Is(200);
        await partner.CreateLinkAsync("customer-1", userData: Samples.FullUserData().With("name.firstName", "Marta"));
        await partner.CreateLinkAsync("customer-2");
        await app.IdleAsync();
        await portal.GoAsync("users?status=");
        await portal.IsGoodAsync("users");
        await portal.GoAsync("users/customer-1");
        await portal.IsGoodAsync("user", () => portal.Page.Locator("td summary").First.ClickAsync());
    }

    [Fact]
    public async Task A_user_is_found_by_reference_and_erased_only_after_the_reference_was_typed()
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("customer-1", userData: Samples.FullUserData());
        await app.IdleAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("users");
        await page.GetByLabel("Whole reference").FillAsync("customer-9");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#find-error")).ToContainTextAsync("No user has this reference.");
        await page.GetByLabel("Whole reference").FillAsync("customer-1");
        await page.Keyboard.PressAsync("Enter");
        await portal.DrawnAsync("users/customer-1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();
        await page.GetByLabel("Type customer-1 to confirm").FillAsync("customer-2");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#typed-error")).ToHaveTextAsync("This is not the reference.");
        (await partner.GetAsync("/partner/users/customer-1")).Is(200);
        await page.GetByLabel("Type customer-1 to confirm").FillAsync("customer-1");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "The person is erased" })).ToBeFocusedAsync();
        var receipt = (await partner.SendAsync(HttpMethod.Delete, "/partner/users/customer-1", null)).Is(200).Data;
        await Expect(page.Locator("main")).ToContainTextAsync((string)receipt["receiptId"]!);
        (await partner.GetAsync("/partner/users/customer-1")).Is(404);
        await app.IdleAsync();
    }

    [Fact]
    public async Task Every_screen_of_webhooks_is_accessible_and_fits()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        await portal.GoAsync("webhooks");
        await portal.IsGoodAsync("webhooks-none");
        await portal.GoAsync("webhooks/deliveries");
        await portal.IsGoodAsync("deliveries-none");
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = inbox.Url })).Is(200);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        await portal.GoAsync("webhooks?");
        await portal.IsGoodAsync(
            "webhooks",
            async () =>
            {
                await portal.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("Probe|Sondear") }).ClickAsync();
                await portal.Page.Locator(".rows li").First.WaitForAsync();
            }
        );
        await portal.GoAsync("webhooks/deliveries?status=");
        await portal.IsGoodAsync("deliveries", () => portal.Page.Locator(".title .actions button").ClickAsync());
        await portal.Page.Keyboard.PressAsync("Escape");
        var delivery = (await partner.GetAsync($"/partner/webhooks/deliveries?linkId={link.Id}")).Is(200).Data[
            "items"
        ]![0]!;
        await portal.GoAsync($"webhooks/deliveries/{delivery["deliveryId"]}");
        await portal.IsGoodAsync("delivery", () => portal.Page.Locator("main summary").First.ClickAsync());
        await portal.GoAsync("webhooks/events");
        await portal.IsGoodAsync("events", () => portal.Page.Locator(".rows summary").First.ClickAsync());
        await Expect(portal.Page.Locator("#snippet option")).ToHaveCountAsync(5);
        // The API's document is among it, which only this view loads.
        var bytes = await portal.TransferredAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} bytes");
        Assert.InRange(bytes, 30_000, 150_000);
    }

    [Fact]
    public async Task An_endpoint_is_set_tested_and_its_failures_are_replayed()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("webhooks");
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("No URL");
        await page.GetByLabel("URL", new() { Exact = true }).FillAsync("not an address");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("#url-error")).ToContainTextAsync("must be");
        await page.GetByLabel("URL", new() { Exact = true }).FillAsync(inbox.Url);
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "link.revoked" }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("Healthy");
        var endpoint = (await partner.GetAsync("/partner/webhooks/endpoint")).Is(200).Data;
        Assert.Equal(inbox.Url, (string)endpoint["url"]!);
        Assert.Contains("link.revoked", endpoint["events"]!.AsArray().Select(name => (string)name!));

        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Expect(page.Locator("main .notice.bad")).ToContainTextAsync("it answered 500");

        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        // The session is over by then.
        await page.ReloadAsync();
        await portal.EnterAsync(partner.Key);
        await portal.GoAsync("webhooks?");
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("Failing");
        inbox.AnswerWith(200);
        await page.GetByRole(AriaRole.Link, new() { Name = "See what your server answered" }).ClickAsync();
        await portal.DrawnAsync("webhooks/deliveries");
        await Expect(page.Locator("tbody")).ToContainTextAsync("Failed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay failed deliveries" }).ClickAsync();
        await Expect(page.Locator("#replayFrom-hint")).ToContainTextAsync("in your time zone (");
        await page.GetByLabel("From", new() { Exact = true }).Last.FillAsync("2026-01-01");
        await page.GetByRole(AriaRole.Button, new() { Name = "Begin" }).ClickAsync();
        var standing = page.Locator("main [role=status] .badge");
        await Expect(standing).ToHaveTextAsync(new Regex("Queued again|Delivered"), new() { Timeout = 15_000 });
        await app.IdleAsync();
        await Expect(standing).ToHaveTextAsync("Delivered", new() { Timeout = 15_000 });
        await portal.GoAsync("webhooks/deliveries");
        await Expect(page.Locator("tbody")).Not.ToContainTextAsync("Failed");
    }

    [Fact]
    public async Task A_replay_that_is_refused_again_is_not_shown_as_done_and_leads_to_its_deliveries()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        inbox.AnswerWith(401);
        for (var failing = 0; failing < 2; failing++)
            await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        var since = app.Clock.GetUtcNow().AddDays(-1);
        var begun = (await partner.PostAsync("/partner/webhooks/deliveries/replay", new { failedSince = since }))
            .Is(202)
            .Data;
        await app.AdvanceAsync(TimeSpan.FromSeconds(3));
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        var path = $"webhooks/replays/{begun["operationId"]}";
        await portal.GoAsync(path);
        await Expect(page.Locator("main [role=status] .badge")).ToHaveTextAsync("Queued again");
        await portal.IsGoodAsync("replay");
        await portal.SpeakAsync("en");
        await page.GetByRole(AriaRole.Link, new() { Name = "Deliveries of this replay" }).ClickAsync();
        await portal.DrawnAsync("webhooks/deliveries");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);
        await page.Locator("tbody th a").First.ClickAsync();

        // It waits for its next attempt, and need not.
        inbox.AnswerWith(200);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();
        await Expect(page.Locator(".toast")).ToHaveTextAsync("It is being sent now.");
        await app.IdleAsync();
        Assert.Single(
            (await partner.GetAsync($"/partner/webhooks/deliveries?replayId={begun["operationId"]}")).Is(200).Data[
                "items"
            ]!.AsArray()
        );
        inbox.AnswerWith(401);
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        await portal.GoAsync(path);
        await Expect(page.Locator("main [role=status] .badge")).ToHaveTextAsync("Not all were delivered");
    }

    [Fact]
    public async Task An_endpoint_that_was_switched_off_says_what_is_lost_and_is_switched_on_with_one_press()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        var paused = await partner.SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { enabled = false });
        paused.Is(200);
        var link = await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        // What the page says is so.
        Assert.Empty((await partner.GetAsync("/partner/events")).Is(200).Data["items"]!.AsArray());
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("overview");
        await Expect(page.Locator("main .notice.warn")).ToContainTextAsync("Switched off");
        await portal.GoAsync($"links/{link.Id}");
        await Expect(page.Locator("main .empty")).ToContainTextAsync("Your endpoint is switched off.");
        await page.GetByRole(AriaRole.Link, new() { Name = "See your endpoint" }).ClickAsync();
        await portal.DrawnAsync("webhooks");
        await Expect(page.Locator("main .notice.warn")).ToContainTextAsync("It was switched off");
        await portal.IsGoodAsync("webhooks-off");
        await portal.SpeakAsync("en");
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch on" }).ClickAsync();
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("Healthy");
        Assert.True((bool)(await partner.GetAsync("/partner/webhooks/endpoint")).Is(200).Data["enabled"]!);
        await app.IdleAsync();
        Assert.Empty(inbox.Received);
    }

    [Fact]
    public async Task A_link_without_webhooks_says_which_setting_kept_them_from_being_sent()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var nothing = portal.Page.Locator("main .empty");
        await portal.GoAsync($"links/{link.Id}");
        await Expect(nothing).ToContainTextAsync("Your endpoint has no URL.");
        var inbox = await app.NewInboxAsync();
        var endpoint = new { url = inbox.Url, events = new[] { "link.revoked" } };
        (await partner.PutAsync("/partner/webhooks/endpoint", endpoint)).Is(200);
        await portal.GoAsync($"links/{link.Id}?again=1");
        await Expect(nothing).ToContainTextAsync("Your endpoint is not subscribed to what happened: link.created.");
    }

    [Fact]
    public async Task A_rotated_secret_is_shown_once_and_signs()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("webhooks");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate the secret" }).ClickAsync();
        await page.GetByLabel("Hours that the old one goes on to sign").FillAsync("0");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your new secret" })).ToBeFocusedAsync();
        var secret = await page.Locator("dialog pre").InnerTextAsync();
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.NotEqual(partner.Secret, secret);
        await page.GetByRole(AriaRole.Button, new() { Name = "I have copied it" }).ClickAsync();
        await Expect(page.Locator("dialog")).ToHaveCountAsync(0);
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_screen_of_the_overview_is_accessible_and_says_what_the_statistics_say()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, events: ["link.created", "user.data_request"]);
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        await portal.GoAsync("overview");
        await portal.IsGoodAsync("overview-none");
        for (var made = 0; made < 3; made++)
            await partner.CreateLinkAsync();
        var opened = await partner.CreateLinkAsync();
        await opened.OpenAsync();
        (await (await partner.CreateLinkAsync()).RevokeAsync()).Is(200);
        await app.IdleAsync();
        await portal.GoAsync("overview?days=7");
        await portal.IsGoodAsync("overview", () => portal.Page.Locator("summary:visible").Last.ClickAsync());
        var counted = (await partner.GetAsync("/partner/statistics?days=7")).Is(200).Data;
        Assert.Equal(5, (int)counted["links"]!["created"]!);
        await portal.SpeakAsync("en");
        await Expect(portal.Page.Locator(".figures dd").First).ToHaveTextAsync("5");
        await Expect(portal.Page.Locator(".bars").First).ToContainTextAsync("5 · 100%");
        await Expect(portal.Page.Locator(".bars").First).ToContainTextAsync("1 · 20%");
    }

    [Fact]
    public async Task Every_screen_of_identities_is_accessible_and_no_address_stands_in_an_address()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.PostAsync(
                "/eapi/v0/identities/basic",
                new { identityReference = "customer-1", email = "ana@example.org" }
            )
        ).Is(201);
        await app.IdleAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        var addresses = new ConcurrentQueue<string>();
        page.Request += (_, request) => addresses.Enqueue(request.Url);
        async Task SearchAsync(string by, string value)
        {
            await page.Locator("#by").SelectOptionAsync(by);
            await page.Locator("#value").FillAsync(value);
            await page.Keyboard.PressAsync("Enter");
        }
        await portal.GoAsync("identities");
        await portal.IsGoodAsync("identities-none");
        await SearchAsync("identityReference", "nobody");
        await Expect(page.Locator(".notice")).ToContainTextAsync("No se conoce a nadie");
        await SearchAsync("email", "ana@example.org");
        await Expect(page.Locator("main h2").First).ToBeFocusedAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("a•••@e•••.org");
        await portal.IsGoodAsync(
            "identities",
            async () =>
            {
                await SearchAsync("email", "ana@example.org");
                await Expect(page.Locator("main h2").First).ToBeFocusedAsync();
            }
        );
        Assert.DoesNotContain(addresses, address => address.Contains("ana", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_screen_of_developers_is_accessible_and_fits()
    {
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        await portal.GoAsync("developers/requests");
        await portal.IsGoodAsync("requests-none");
        (await partner.GetAsync("/partner/users/nobody")).Is(404);
        (await partner.GetAsync("/partner/links")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        await portal.GoAsync("developers/requests?status=");
        await Expect(portal.Page.Locator("tbody")).ToContainTextAsync("RESOURCE_NOT_FOUND");
        await portal.IsGoodAsync("requests");
        await portal.GoAsync("developers/limits");
        await portal.IsGoodAsync("limits");
        await portal.GoAsync("developers");
        await portal.IsGoodAsync("keys");
    }

    [Fact]
    public async Task A_key_is_created_shown_once_and_revoked_but_not_the_one_that_is_signed_in()
    {
        var partner = await app.NewPartnerAsync();
        await using var portal = await PortalTab.SignInAsync(app, browser, partner.Key);
        var page = portal.Page;
        await portal.GoAsync("developers");
        // The key of this session has no button.
        await Expect(page.Locator("section").First.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("section").First.Locator("tbody button")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create a key", Exact = true }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("checkout server");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your new key" })).ToBeFocusedAsync();
        var key = await page.Locator("dialog pre").InnerTextAsync();
        (await app.GetAsync("/partner/me", ("X-API-Key", key))).Is(200);
        await page.GetByRole(AriaRole.Button, new() { Name = "I have copied it" }).ClickAsync();
        await Expect(page.Locator("section").First.Locator("tbody")).ToContainTextAsync("checkout server");
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);

        await page.Locator("section").First.Locator("tbody button").ClickAsync();
        await page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(page.Locator("section").First.Locator("tbody tr")).ToHaveCountAsync(1);
        (await app.GetAsync("/partner/me", ("X-API-Key", key))).Is(401);
        (await partner.GetAsync("/partner/me")).Is(200);
    }
}
