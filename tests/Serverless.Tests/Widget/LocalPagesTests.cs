using Microsoft.Playwright;
using Serverless.Tests.Identities;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>The local host's own pages about what this app does, as whoever tries it sees them.</summary>
public sealed class LocalPagesTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_status_page_shows_the_webhooks_that_went_out()
    {
        var inbox = await app.NewInboxAsync();
        await (await app.NewPartnerAsync(inbox)).CreateLinkAsync();
        await app.IdleAsync();
        Assert.Contains("link.created", inbox.Events);
        await using var context = await browser.NewContextAsync("en-US", 1280);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(app.Address, "/local").ToString());
        var row = page.Locator("tr", new() { HasText = "DeliverWebhook" })
            .Filter(new() { HasText = new Uri(inbox.Url).Authority });
        await Assertions.Expect(row.First).ToContainTextAsync("POST");
        await Assertions.Expect(row.First).ToContainTextAsync("200");
    }

    [Fact]
    public async Task The_mailbox_shows_a_code_on_a_telephone_without_scrolling_sideways()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);
        (await partner.SendCodeAsync(reference, email)).Is(200);
        await using var context = await browser.NewContextAsync("en-US", 320);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(app.Address, "/local/mailbox").ToString());
        var code = page.Locator(".mail", new() { HasText = email }).Locator(".code");
        await Assertions.Expect(code).ToHaveTextAsync(await app.CodeToAsync(email));
        Assert.InRange((await code.BoundingBoxAsync())!.Width, 1, 320);
        Assert.Equal(
            0,
            await page.EvaluateAsync<int>(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        );
        if (Environment.GetEnvironmentVariable("WIDGET_PICTURES") is { } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, "mailbox.png"), FullPage = true });
        await page.GotoAsync(new Uri(app.Address, "/local/costs").ToString());
        await Assertions.Expect(page.Locator("td", new() { HasText = "SendOneTimeCode" }).First).ToBeVisibleAsync();
        if (Environment.GetEnvironmentVariable("WIDGET_PICTURES") is { } pictures)
            await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, "costs.png"), FullPage = true });
    }
}
