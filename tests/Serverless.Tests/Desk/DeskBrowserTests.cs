using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Serverless.Functions.Events;
using Serverless.Tests.Cip;
using Serverless.Tests.Events;
using Serverless.Tests.Identities;
using Serverless.Tests.KycSharing;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Desk;

/// <summary>The operator's desk in a browser: its screens in every look, and what operators do there.</summary>
public sealed class DeskBrowserTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const string Script = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>";

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    [Fact]
    public async Task Every_screen_is_accessible_and_fits()
    {
        await using var own = await TestApp.StartAsync();
        own.ExpectErrors();
        await using var english = await DeskTab.VisitAsync(own, browser, "en");
        await using var spanish = await DeskTab.VisitAsync(own, browser, "es");
        DeskTab[] desks = [english, spanish];
        foreach (var desk in desks)
        {
            await desk.IsGoodAsync("sign-in");
            await desk.EnterAsync("", "ana.perez@example.com");
            await desk.DrawnAsync("reviews");
            await desk.IsGoodAsync("reviews-none");
        }
        var (partner, replay) = await FillAsync(own);
        foreach (var desk in desks)
            await IsGoodAsync(desk, partner, replay);
    }

    private static async Task IsGoodAsync(DeskTab desk, TestPartner partner, string replay)
    {
        await desk.GoAsync("reviews?partnerId=");
        await Expect(desk.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await desk.IsGoodAsync("reviews");
        await desk.GoAsync($"reviews/{partner.Id}/screened-1");
        await desk.IsGoodAsync("review");
        await desk.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("Reject|Rechazar") }).ClickAsync();
        await desk.IsGoodAsync("review-decide");
        await desk.Page.Keyboard.PressAsync("Escape");
        await desk.GoAsync($"reviews/{partner.Id}/documents-1");
        await desk.Page.Locator("main .card:has(.pictures) button").ClickAsync();
        await desk.IsGoodAsync("review-look");
        await desk.Page.Keyboard.PressAsync("Enter");
        await Expect(desk.Page.Locator(".pictures img")).ToHaveCountAsync(1);
        await desk.IsGoodAsync("review-pictures");
        await desk.GoAsync("partners");
        await desk.IsGoodAsync("partners");
        await desk.GoAsync($"partners/{partner.Id}");
        await desk.IsGoodAsync("partner");
        await desk.Page.Locator("main .card-head button").First.ClickAsync();
        await desk.IsGoodAsync("partner-settings");
        await desk.Page.Keyboard.PressAsync("Escape");
        await desk.GoAsync("partners/new");
        await desk.IsGoodAsync("partner-new");
        await desk.GoAsync($"merges?partnerId={partner.Id}");
        await desk.IsGoodAsync("merges");
        await desk.GoAsync("blocked");
        await desk.IsGoodAsync("blocked");
        await desk.GoAsync("deliveries");
        await desk.IsGoodAsync("deliveries");
        await desk.GoAsync($"deliveries/{partner.Id}/replays/{replay}");
        await desk.IsGoodAsync("replay");
        await desk.GoAsync("dead-letters");
        await desk.IsGoodAsync("dead-letters");
        await desk.GoAsync("audit");
        await desk.Page.Locator("tbody summary").First.ClickAsync();
        await desk.IsGoodAsync("audit");
    }

    /// <summary>Something in every list.</summary>
    private static async Task<(TestPartner Partner, string Replay)> FillAsync(TestApp own)
    {
        var inbox = await own.NewInboxAsync();
        inbox.AnswerWith(503);
        var partner = await own.NewPartnerAsync(inbox, ["link.created"], new { reliance = true, theme = "dark" });
        var since = own.Clock.GetUtcNow();
        await partner.DecidedAsync('2', "cust-1");
        await partner.SubmitDocumentsAsync("documents-1");
        (await partner.RelyAsync("screened-1", sanctions: true)).Is(202);
        (await partner.Identity.CreateAsync("one", "one@example.org")).Is(201);
        await own.AdvanceAsync(TimeSpan.FromHours(5));
        (await partner.Identity.CreateAsync("two")).Is(201);
        (await partner.Identity.UpdateAsync("two", "one@example.org")).Is(200);
        await own.AddDeadLetterAsync(AppQueues.EventsName, partner.Id, "cust-1");
        var suspended = await own.NewPartnerAsync();
        (await own.PostAsync($"/operator/partners/{suspended.Id}/suspend", null, ("X-Reason", "It does not pay"))).Is(
            200
        );
        var path = $"/operator/partners/{partner.Id}";
        var retry = new { decision = "retry", note = "Blurred" };
        (await own.PostAsync($"{path}/identities/screened-1/review", retry, ("X-Operator", "Ana"))).Is(200);
        (await partner.RelyAsync("screened-1", sanctions: true)).Is(202);
        var replay = (await own.PostAsync($"{path}/deliveries/replay", new { failedSince = since })).Is(202).Data;
        await own.AdvanceAsync(TimeSpan.FromHours(5));
        return (partner, (string)replay["operationId"]!);
    }

    [Fact]
    public async Task A_review_is_found_and_decided_by_keyboard_alone()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "by-keyboard");
        await using var desk = await DeskTab.SignInAsync(app, browser);
        var page = desk.Page;
        await page.Locator("#partnerId").FocusAsync();
        await page.Keyboard.TypeAsync(partner.Id);
        await page.Keyboard.PressAsync("Enter");
        // The list that is filtered: until it is there, the one before takes the focus away with it.
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear filters" }).WaitForAsync();
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "by-keyboard" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await desk.DrawnAsync($"reviews/{partner.Id}/by-keyboard");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("dialog #reason")).ToBeFocusedAsync();
        await Expect(page.Locator("dialog strong")).ToHaveTextAsync(new Regex($"•.* · by-keyboard · {partner.Id}"));
        // Without a reason nothing is done.
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("dialog #reason-error")).ToHaveTextAsync("Please fill this in.");
        await page.Keyboard.TypeAsync("Señora on the phone");
        await page.Keyboard.PressAsync("Enter");
        await desk.DrawnAsync("reviews");
        await Expect(page.Locator(".toast")).ToContainTextAsync(new Regex($"Approved: .*by-keyboard · {partner.Id}"));
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("by-keyboard"));
        var entry = await EntryAsync("reviewCip", partner);
        Assert.Equal(
            ("Ana Pérez", "Señora on the phone", "succeeded"),
            ((string)entry["operator"]!, (string)entry["reason"]!, (string)entry["outcome"]!)
        );
    }

    [Fact]
    public async Task Pictures_of_documents_are_shown_to_who_says_why_and_are_gone_with_the_view()
    {
        var partner = await app.NewPartnerAsync();
        await partner.SubmitDocumentsAsync("pictured");
        await app.IdleAsync();
        await using var desk = await DeskTab.SignInAsync(app, browser);
        var page = desk.Page;
        await desk.GoAsync($"reviews/{partner.Id}/pictured");
        await desk.PressAsync("Show the pictures");
        await Expect(page.Locator("dialog #reason")).ToHaveValueAsync("To decide this review");
        await Expect(page.Locator(".pictures img")).ToHaveCountAsync(0);
        await desk.BecauseAsync("The name looks odd");
        var picture = page.Locator(".pictures img");
        await Expect(picture).ToHaveAttributeAsync("alt", "Passport");
        Assert.Equal(1, await picture.EvaluateAsync<int>("one => one.decode().then(() => one.naturalWidth)"));
        var entry = await EntryAsync("viewReviewPicture", partner);
        Assert.Equal(
            ("Ana Pérez", "The name looks odd", "succeeded"),
            ((string)entry["operator"]!, (string)entry["reason"]!, (string)entry["outcome"]!)
        );
        await desk.GoAsync("reviews");
        await desk.GoAsync($"reviews/{partner.Id}/pictured");
        await Expect(page.Locator(".pictures img")).ToHaveCountAsync(0);

        // Somebody else has decided meanwhile.
        var review = $"/operator/partners/{partner.Id}/identities/pictured/review";
        (await app.PostAsync(review, new { decision = "approve" })).Is(200);
        await desk.PressAsync("Show the pictures");
        await desk.BecauseAsync("Once more");
        await Expect(page.Locator("dialog .notice")).ToContainTextAsync("This picture is not there any more");
    }

    [Fact]
    public async Task A_partner_is_created_changed_suspended_and_given_a_key_that_is_shown_once()
    {
        var id = $"made-{app.Prefix}";
        await using var desk = await DeskTab.SignInAsync(app, browser);
        var page = desk.Page;
        await desk.GoAsync("partners/new");
        await page.Locator("#partnerId").FillAsync("Not an id");
        await page.Locator("#name").FillAsync("Made Here");
        await page.Locator("#reason").FillAsync("Signed the contract");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(page.Locator("#partnerId-error")).ToContainTextAsync("lower-case letters");
        await page.Locator("#partnerId").FillAsync(id);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(page.Locator("dialog dd code")).ToHaveCountAsync(4);
        var key = await page.Locator("dialog dd code").First.InnerTextAsync();
        await page.Keyboard.PressAsync("Escape");
        await desk.DrawnAsync($"partners/{id}");
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
        (await app.GetAsync("/partner/me", ("X-API-Key", key))).Is(200);

        await desk.PressAsync("Change");
        await page.Locator("dialog #theme").FillAsync("NOT A THEME");
        await desk.BecauseAsync("Asked for");
        await Expect(page.Locator("dialog #theme-error")).ToContainTextAsync("lower-case");
        await page.Locator("dialog #theme").FillAsync("dark");
        await page.Locator("dialog #otpEnabled").CheckAsync();
        await desk.BecauseAsync("Asked for");
        await Expect(page.Locator("dialog")).ToHaveCountAsync(0);
        var settings = (await app.GetAsync($"/operator/partners/{id}")).Is(200).Data["settings"]!;
        Assert.Equal(
            ("dark", true, true),
            ((string)settings["theme"]!, (bool)settings["otpEnabled"]!, (bool)settings["kycSharing"]!)
        );

        await desk.PressAsync("Suspend");
        await desk.BecauseAsync("It does not pay");
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("Suspended");
        (await app.GetAsync("/partner/me", ("X-API-Key", key))).Is(403);
        await desk.PressAsync("Resume");
        await desk.BecauseAsync("It paid");
        await Expect(page.Locator(".head .badge")).ToHaveTextAsync("Active");
        await desk.PressAsync("Revoke");
        await desk.BecauseAsync("It leaked");
        await Expect(page.Locator("dialog")).ToHaveCountAsync(0);
        (await app.GetAsync("/partner/me", ("X-API-Key", key))).Is(401);
    }

    [Fact]
    public async Task Two_references_are_merged_the_merge_is_undone_and_an_account_is_blocked_and_unblocked()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("person-1")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("person-2")).Is(201);
        await using var desk = await DeskTab.SignInAsync(app, browser);
        var page = desk.Page;
        await desk.GoAsync($"merges?partnerId={partner.Id}");
        await desk.PressAsync("Merge two references");
        await page.Locator("dialog #reference").FillAsync("person-1");
        await page.Locator("dialog #otherReference").FillAsync("nobody");
        await desk.BecauseAsync("Asked for by support");
        await Expect(page.Locator("dialog .notice")).ToContainTextAsync("There is no such thing.");
        await page.Locator("dialog #otherReference").FillAsync("person-2");
        await desk.BecauseAsync("Asked for by support");
        await Expect(page.Locator("dialog")).ToHaveCountAsync(0);
        await app.IdleAsync();
        await desk.GoAsync($"merges?partnerId={partner.Id}&outcome=");
        await Expect(page.Locator("tbody tr")).ToContainTextAsync("Request of the partner");
        await desk.PressAsync("Undo");
        await desk.BecauseAsync("They are two");
        await Expect(page.Locator("tbody tr .badge")).ToHaveTextAsync("Undone", new() { Timeout = 15_000 });

        await desk.GoAsync($"blocked?partnerId={partner.Id}");
        await desk.PressAsync("Block an account");
        await page.Locator("dialog #reference").FillAsync("person-1");
        await desk.BecauseAsync("Reported as stolen");
        await Expect(page.Locator("dialog")).ToHaveCountAsync(0);
        await app.IdleAsync();
        await desk.GoAsync("audit");
        await desk.GoAsync($"blocked?partnerId={partner.Id}");
        await Expect(page.Locator("tbody tr")).ToContainTextAsync("Reported as stolen");
        await desk.PressAsync("Unblock");
        await desk.BecauseAsync("It was found");
        await Expect(page.Locator(".empty-title")).ToHaveTextAsync("No account is blocked");
    }

    [Fact]
    public async Task A_failed_delivery_and_a_dead_letter_are_sent_again()
    {
        await using var own = await TestApp.StartAsync();
        own.ExpectErrors();
        var inbox = await own.NewInboxAsync();
        inbox.AnswerWith(503);
        var partner = await own.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await own.AdvanceAsync(TimeSpan.FromHours(5));
        await own.AddDeadLetterAsync(AppQueues.WebhooksName, partner.Id);
        inbox.AnswerWith(200);
        await using var desk = await DeskTab.SignInAsync(own, browser);
        await desk.GoAsync("deliveries");
        await desk.PressAsync("Replay link.created");
        await desk.BecauseAsync("Their server is up again");
        await Expect(desk.Page.Locator("main .empty-title")).ToHaveTextAsync("Nothing has failed");
        await own.IdleAsync();
        Assert.Equal(6, inbox.Received.Count);
        await desk.GoAsync("dead-letters");
        await desk.PressAsync("Send again");
        await desk.BecauseAsync("Mended");
        await Expect(desk.Page.Locator("main .empty-title")).ToHaveTextAsync("No dead letters");
    }

    [Fact]
    public async Task A_wrong_key_signs_nobody_in_and_the_right_one_is_nowhere_but_in_memory()
    {
        await using var own = await TestApp.StartAsync(("Local:FunctionKey", "the-right-key"));
        await using var desk = await DeskTab.VisitAsync(own, browser);
        var page = desk.Page;
        await desk.EnterAsync("a-wrong-key", "Ana");
        await Expect(page.Locator("#functionKey-error")).ToHaveTextAsync("This key is wrong. Nothing was changed.");
        await desk.EnterAsync("the-right-key", "");
        await Expect(page.Locator("#operator-error")).ToHaveTextAsync("Please fill this in.");
        await desk.EnterAsync("the-right-key", "Ana");
        await desk.DrawnAsync("reviews");
        Assert.DoesNotContain(
            "the-right-key",
            await page.EvaluateAsync<string>(
                "() => JSON.stringify([document.documentElement.outerHTML, location.href, { ...localStorage }, { ...sessionStorage }, document.cookie, [...document.querySelectorAll('input')].map((input) => input.value)])"
            ),
            StringComparison.Ordinal
        );
        await page.ReloadAsync();
        await Expect(page.Locator("#functionKey")).ToHaveValueAsync("");
        await Expect(page.Locator("#operator")).ToHaveValueAsync("Ana");
    }

    [Fact]
    public async Task A_script_in_a_name_a_note_a_reason_or_an_answer_is_text()
    {
        await using var own = await TestApp.StartAsync();
        var inbox = await own.NewInboxAsync();
        inbox.AnswerWith(503);
        var body = new
        {
            partnerId = "scripted",
            name = Script,
            webhookUrl = inbox.Url,
            description = Script,
            webhookEvents = new[] { "link.created" },
        };
        var made = (await own.PostAsync("/operator/partners", body)).Is(201).Data;
        var partner = new TestPartner(own, "scripted", (string)made["apiKey"]!, (string)made["webhookSecret"]!)
        {
            Identity = new TestIdentityClient(own, (string)made["identityApiKey"]!, (string)made["identityApiSecret"]!),
        };
        var words = new[] { ("X-Operator", Uri.EscapeDataString(Script)), ("X-Reason", Uri.EscapeDataString(Script)) };
        (await partner.Identity.CreateAsync("block-1")).Is(201);
        (
            await own.SendAsync(
                HttpMethod.Post,
                "/operator/partners/scripted/identities/block-1/block",
                new { note = Script },
                words
            )
        ).Is(200);
        await partner.DecidedAsync('2', "cust-1");
        var retry = new { decision = "retry", note = Script };
        (await own.SendAsync(HttpMethod.Post, "/operator/partners/scripted/users/cust-1/cip/review", retry, words)).Is(
            200
        );
        var again = await partner.CreateLinkAsync("cust-1");
        (await partner.PostTicketAsync(again)).Is(201);
        await own.AdvanceAsync(TimeSpan.FromHours(5));
        await using var desk = await DeskTab.SignInAsync(own, browser);
        foreach (
            var path in new[]
            {
                "partners",
                "partners/scripted",
                "reviews",
                "reviews/scripted/cust-1",
                "blocked",
                "deliveries",
                "audit",
            }
        )
        {
            await desk.GoAsync(path);
            Assert.Equal(0, await desk.Page.Locator("main img, main script").CountAsync());
            Assert.NotEqual("run", await desk.Page.TitleAsync());
            if (path is not ("reviews" or "deliveries"))
                Assert.Contains("<script>", await desk.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_page_is_shown_in_no_frame()
    {
        var reply = await app.GetAsync("/desk");
        Assert.Equal(200, reply.Status);
        Assert.Contains("frame-ancestors 'none'", reply["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Contains("script-src 'self'", reply["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("DENY", reply["X-Frame-Options"]);
        var context = await browser.NewContextAsync("en", 1280);
        await using var closing = context;
        var page = await context.NewPageAsync();
        await page.GotoAsync($"{app.Address}health/live");
        await page.SetContentAsync($"<iframe src='{app.Address}desk' title='desk'></iframe>");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.Equal(0, await page.FrameLocator("iframe").Locator("form").CountAsync());
    }

    private async Task<JsonNode> EntryAsync(string act, TestPartner partner) =>
        (await app.GetAsync($"/operator/audit?act={act}&partnerId={partner.Id}")).Is(200).Data["items"]![0]!;
}
