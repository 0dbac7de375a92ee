using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// The page within a partner's page: framed and heard where the partner's settings allow it, nowhere else.
/// </summary>
public sealed class EmbeddingTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_partner_s_page_hears_what_happens()
    {
        var (link, page) = await EmbedAsync(allowed: true, userData: Samples.FullUserData());
        var frame = page.FrameLocator("iframe");
        await frame.Locator("#continue").ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "known");
        await link.RevokeAsync();
        await frame.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "LINK_REVOKED");
        Assert.Equal(
            [$"m2m-widget ready {link.Id}", $"m2m-widget step {link.Id}", $"m2m-widget closed {link.Id}"],
            await page.EvaluateAsync<string[]>("() => window.heard")
        );
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_stranger_s_page_shows_and_hears_nothing()
    {
        var (_, page) = await EmbedAsync(allowed: false);
        Assert.Equal(0, await page.FrameLocator("iframe").Locator("#continue").CountAsync());
        Assert.Empty(await page.EvaluateAsync<string[]>("() => window.heard"));
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_frame_without_an_origin_of_its_own_says_what_the_page_around_it_must_allow()
    {
        var (_, page) = await EmbedAsync(
            allowed: true,
            "sandbox=\"allow-scripts allow-forms\"",
            Samples.FullUserData()
        );
        var frame = page.FrameLocator("iframe");
        await Assertions.Expect(frame.GetByRole(AriaRole.Alert)).ToContainTextAsync("allow-same-origin");
        await Assertions.Expect(frame.Locator("#continue")).ToHaveCountAsync(0);
        // It looks as it should, too.
        Assert.NotEqual(
            "rgba(0, 0, 0, 0)",
            await frame.Locator(".alert").EvaluateAsync<string>("one => getComputedStyle(one).backgroundColor")
        );
        if (Environment.GetEnvironmentVariable("WIDGET_PICTURES") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "sandboxed.png") });
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_frame_that_allows_scripts_and_its_own_origin_is_enough_for_every_form()
    {
        var (_, page) = await EmbedAsync(allowed: true, "sandbox=\"allow-scripts allow-same-origin\"", userData: null);
        var frame = page.FrameLocator("iframe");
        await frame.Locator("#continue").ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "ask");
        await Assertions.Expect(frame.GetByRole(AriaRole.Button, new() { Name = "Continue" })).ToBeEnabledAsync();
        await frame.GetByLabel("First name", new() { Exact = true }).PressAsync("Enter");
        await Assertions.Expect(frame.Locator("#name-firstName")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task A_page_that_isolates_itself_may_embed_it()
    {
        var (_, page) = await EmbedAsync(
            allowed: true,
            userData: Samples.FullUserData(),
            headers: ("Cross-Origin-Embedder-Policy", "require-corp")
        );
        var frame = page.FrameLocator("iframe");
        await frame.Locator("#continue").ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "known");
        await page.Context.DisposeAsync();
    }

    [Fact]
    public async Task The_loader_shows_a_link_as_high_as_it_is_hands_on_what_happens_and_takes_it_away_at_the_exit()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.FullUserData());
        var site = await app.NewInboxAsync();
        var loader = new Uri(link.Url, "/widget/assets/embed.js");
        site.Answer = (_, http) =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync(
                $$"""
                <!doctype html><div id="transfer"></div>
                <script type="module">
                  import { mount } from "{{loader}}";
                  window.heard = [];
                  mount(document.getElementById("transfer"), "{{link.Url}}", { title: "Send money", onEvent: ({ type }) => { heard.push(type); } });
                </script>
                """
            );
        };
        (
            await app.SendAsync(
                HttpMethod.Patch,
                $"/operator/partners/{partner.Id}",
                new
                {
                    settings = new { allowedOrigins = new[] { new Uri(site.Url).GetLeftPart(UriPartial.Authority) } },
                }
            )
        ).Is(200);
        var page = await (await browser.NewContextAsync("en-US", 600)).NewPageAsync();
        await page.GotoAsync(site.Url);
        var frame = page.FrameLocator("iframe[title='Send money']");
        await frame.Locator("#continue").ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "known");
        // Nothing to scroll within, and no more room than is needed.
        await page.WaitForFunctionAsync(
            "height => document.querySelector('iframe').clientHeight === height",
            await frame.Locator("body").EvaluateAsync<int>("body => Math.ceil(body.getBoundingClientRect().height)")
        );
        await frame.GetByRole(AriaRole.Button, new() { Name = "No, this is not me" }).ClickAsync();
        await frame.GetByRole(AriaRole.Button, new() { Name = "Back to A partner" }).ClickAsync();
        await Assertions.Expect(page.Locator("iframe")).ToHaveCountAsync(0);
        Assert.Equal(
            ["ready", "step", "step", "exit"],
            await page.EvaluateAsync<string[]>("() => heard.filter((type) => type !== 'height')")
        );
        await page.Context.DisposeAsync();
    }

    private async Task<(TestLink Link, IPage Page)> EmbedAsync(
        bool allowed,
        string attributes = "",
        JsonObject? userData = null,
        (string Name, string Value) headers = default
    )
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: userData);
        var site = await app.NewInboxAsync();
        site.Answer = (_, http) =>
        {
            http.Response.ContentType = "text/html";
            if (headers.Name is not null)
                http.Response.Headers[headers.Name] = headers.Value;
            return http.Response.WriteAsync(
                $$"""
                <script>window.heard = []; addEventListener("message", ({ data }) => data.type !== "height" && heard.push([data.source, data.type, data.linkId].join(" ")));</script>
                <iframe src="{{link.Url}}" width="560" height="700" {{attributes}}></iframe>
                """
            );
        };
        string[] origins =
        [
            "https://other.partner.test",
            allowed ? new Uri(site.Url).GetLeftPart(UriPartial.Authority) : "http://127.0.0.1:1",
        ];
        (
            await app.SendAsync(
                HttpMethod.Patch,
                $"/operator/partners/{partner.Id}",
                new { settings = new { allowedOrigins = origins } }
            )
        ).Is(200);
        var page = await (await browser.NewContextAsync("en-US", 600)).NewPageAsync();
        await page.GotoAsync(site.Url);
        return (link, page);
    }
}
