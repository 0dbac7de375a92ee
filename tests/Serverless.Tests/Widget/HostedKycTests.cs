using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// The end of a session for the verification alone. Within Banxa's hosted component, which listens for its own
/// messages; without a frame, by the way back to the partner.
/// </summary>
public sealed class HostedKycTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    /// <summary>Decided after two minutes: nobody waits for that.</summary>
    private const char Later = '3';

    /// <summary>
    /// Fails; here of a person of whom all was told by the partner, so that there is nothing that the person could
    /// correct.
    /// </summary>
    private const char Fails = '1';

    /// <summary>As the component frames the session: what else would be allowed is not.</summary>
    private const string Sandbox =
        "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox";

    [Theory]
    [InlineData('0', "done", "verified")]
    [InlineData('2', "inReview", "under_review")]
    [InlineData(Fails, "rejected", "rejected")]
    [InlineData(Later, "verifying", "pending")]
    public async Task The_component_hears_that_it_loads_is_ready_and_has_ended(
        char number,
        string screen,
        string outcome
    )
    {
        var (partner, link) = await StartAsync(number, "https://partner.test/back");
        var page = await EmbedAsync(partner, link);
        var frame = page.FrameLocator("iframe");
        await frame.Locator("#continue").ClickAsync();
        await PressAsync(name => frame.GetByRole(AriaRole.Button, new() { Name = name }));
        if (number == Later)
            await LetTimePassAsync(page, frame.Locator("#view"), 11);
        await page.WaitForFunctionAsync(
            "() => heard.some(({ type }) => type === 'banxa:kyc-complete')",
            null,
            new() { Timeout = 20_000 }
        );
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", screen);
        Assert.Equal(
            [
                """{"type":"banxa:loading"}""",
                """{"type":"banxa:ready"}""",
                $$"""{"type":"banxa:kyc-complete","status":"complete","outcome":"{{outcome}}"}""",
            ],
            (await HeardAsync(page)).Select(message => message!.ToJsonString())
        );
        Assert.Equal(0, await frame.Locator("#view a").CountAsync());
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_component_hears_that_the_session_has_ended_without_a_verification_also_of_one_that_it_is_given_too_late()
    {
        var (partner, link) = await StartAsync('0');
        var page = await EmbedAsync(partner, link);
        await page.FrameLocator("iframe").Locator("#continue").ClickAsync();
        await Assertions
            .Expect(page.FrameLocator("iframe").Locator("#view"))
            .ToHaveAttributeAsync("data-screen", "known");
        (await link.RevokeAsync()).Is(200);
        const string Error = """{"type":"banxa:error","code":"LINK_REVOKED","message":"This link was withdrawn"}""";
        await page.WaitForFunctionAsync("() => heard.length === 3", null, new() { Timeout = 20_000 });
        Assert.Equal(Error, (await HeardAsync(page))[2]!.ToJsonString());

        await page.ReloadAsync();
        await page.WaitForFunctionAsync("() => heard.length === 3");
        Assert.Equal(Error, (await HeardAsync(page))[2]!.ToJsonString());
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_link_for_a_transfer_does_not_speak_to_the_component()
    {
        var partner = await app.NewPartnerAsync();
        var page = await EmbedAsync(partner, await partner.CreateLinkAsync(userData: Samples.FullUserData()));
        await page.FrameLocator("iframe").Locator("#continue").ClickAsync();
        await page.WaitForFunctionAsync("() => heard.length === 2");
        Assert.All(await HeardAsync(page), message => Assert.Equal("m2m-widget", (string?)message!["source"]));
        await page.Context.DisposeAsync();
    }

    [Theory]
    [InlineData('0', "verified")]
    [InlineData('2', "under_review")]
    [InlineData(Fails, "rejected")]
    [InlineData(Later, "pending")]
    public async Task Without_a_frame_the_page_goes_back_to_the_partner_by_itself_with_the_outcome(
        char number,
        string outcome
    )
    {
        var site = await app.NewInboxAsync();
        var (_, link) = await StartAsync(number, site.Url + "?order=7&at=a:b%2Fc#top");
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url, before: HoldFarewellAsync);
        await PressAsync(name => tab.Page.GetByRole(AriaRole.Button, new() { Name = name }));
        if (number == Later)
            await LetTimePassAsync(tab.Page, tab.Page.Locator("#view"), 11);
        await tab.SaysAsync("We take you back to A partner in a moment.");
        await tab.PictureAsync($"kyc-{outcome}");
        await tab.IsAccessibleAsync();
        Assert.Equal(
            $"{site.Url}?order=7&at=a:b%2Fc&kycStatus={outcome}#top",
            await tab.Page.Locator("#view a").GetAttributeAsync("href")
        );
        Assert.Empty(site.Received);
        await tab.Page.EvaluateAsync("() => window.leave()");
        // Asks again and again: waiting for the event of a navigation could miss one that has just happened.
        await Assertions
            .Expect(tab.Page)
            .ToHaveURLAsync($"{site.Url}?order=7&at=a:b%2Fc&kycStatus={outcome}#top", new() { Timeout = 15_000 });
        Assert.Equal("GET", Assert.Single(site.Received).Method);
    }

    /// <summary>
    /// The page does not leave by itself after its moment, but when the test says so: a script that is evaluated in a
    /// page that is just being left may never answer.
    /// </summary>
    private static async Task HoldFarewellAsync(IPage page)
    {
        await page.Clock.InstallAsync();
        await page.AddInitScriptAsync(
            """
            const later = window.setTimeout;
            window.setTimeout = (call, ms, ...more) =>
              String(call).includes("location.replace") ? ((window.leave = call), 0) : later(call, ms, ...more);
            """
        );
    }

    private static async Task PressAsync(Func<string, ILocator> button)
    {
        await button("Continue").ClickAsync();
        await button("Verify me").ClickAsync();
    }

    private static async Task LetTimePassAsync(IPage page, ILocator view, int seconds)
    {
        await Assertions.Expect(view).ToHaveAttributeAsync("data-screen", "verifying");
        await page.Clock.FastForwardAsync(seconds * 1000);
    }

    private static async Task<JsonArray> HeardAsync(IPage page) =>
        JsonNode.Parse(await page.EvaluateAsync<string>("() => JSON.stringify(window.heard)"))!.AsArray();

    /// <summary>A session whose person has everything that is needed, but has not asked for the verification.</summary>
    private async Task<(TestPartner Partner, TestLink Link)> StartAsync(char number, string? returnUrl = null)
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var reference = TestPartner.NewReference();
        var data = Samples
            .FullUserData()
            .With("idNumber", CipSteps.Curp(number))
            .With("idImage", "data:image/jpeg;base64," + Convert.ToBase64String([0xFF, 0xD8, 0xFF, 1, 2, 3]));
        if (number == Fails)
            (await (await partner.CreateLinkAsync(reference, userData: data)).RevokeAsync()).Is(200);
        var session = (
            await partner.PostAsync($"/{partner.Id}/v2/kyc/sessions", new { externalCustomerId = reference, returnUrl })
        )
            .Is(200)
            .Json;
        var url = new Uri((string)session["redirectUrl"]!);
        var link = new TestLink(
            partner,
            new JsonObject { ["linkId"] = url.Segments[^2].TrimEnd('/'), ["url"] = url.ToString() }
        );
        if (number != Fails)
            (await (await Visitor.OpenAsync(app, link)).PutAsync(data)).Is(200);
        return (partner, link);
    }

    private async Task<IPage> EmbedAsync(TestPartner partner, TestLink link)
    {
        var site = await app.NewInboxAsync();
        site.Answer = (_, http) =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync(
                $$"""
                <iframe width="560" height="700" sandbox="{{Sandbox}}" allow="camera; microphone"></iframe>
                <script>
                  window.heard = [];
                  const frame = document.querySelector("iframe");
                  addEventListener("message", ({ data, origin, source }) => {
                    if (source === frame.contentWindow && origin === "{{link.Url.GetLeftPart(
                    UriPartial.Authority
                )}}") heard.push(data);
                  });
                  frame.src = "{{link.Url}}";
                </script>
                """
            );
        };
        string[] allowedOrigins = ["https://other.partner.test", new Uri(site.Url).GetLeftPart(UriPartial.Authority)];
        (
            await app.SendAsync(
                HttpMethod.Patch,
                $"/operator/partners/{partner.Id}",
                new { settings = new { allowedOrigins } }
            )
        ).Is(200);
        var page = await (await browser.NewContextAsync("en-US", 600)).NewPageAsync();
        await page.Clock.InstallAsync();
        await page.GotoAsync(site.Url);
        return page;
    }
}
