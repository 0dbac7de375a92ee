using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>The page within a partner's page: framed and heard where the partner's settings allow it, nowhere else.</summary>
public sealed class EmbeddingTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_partner_s_page_hears_what_happens()
    {
        var (link, page) = await EmbedAsync(allowed: true);
        var frame = page.FrameLocator("iframe");
        await frame.Locator("#continue").ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "known");
        await link.RevokeAsync();
        await frame.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Assertions.Expect(frame.Locator("#view")).ToHaveAttributeAsync("data-screen", "LINK_REVOKED");
        Assert.Equal(
            [$"m2m-widget ready {link.Id}", $"m2m-widget step {link.Id}", $"m2m-widget closed {link.Id}"],
            await page.EvaluateAsync<string[]>("() => window.heard"));
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

    private async Task<(TestLink Link, IPage Page)> EmbedAsync(bool allowed)
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.FullUserData());
        var site = await app.NewInboxAsync();
        site.Answer = (_, http) =>
        {
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync($$"""
                <script>window.heard = []; addEventListener("message", ({ data }) => heard.push([data.source, data.type, data.linkId].join(" ")));</script>
                <iframe src="{{link.Url}}" width="560" height="700"></iframe>
                """);
        };
        string[] origins = ["https://other.partner.test", allowed ? new Uri(site.Url).GetLeftPart(UriPartial.Authority) : "http://127.0.0.1:1"];
        (await app.SendAsync(HttpMethod.Patch, $"/operator/partners/{partner.Id}", new { settings = new { allowedOrigins = origins } })).Is(200);
        var page = await (await browser.NewContextAsync("en-US", 600)).NewPageAsync();
        await page.GotoAsync(site.Url);
        return (link, page);
    }
}
