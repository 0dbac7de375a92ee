using Microsoft.Playwright;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>What the person has in hand at the end: what was paid, to whom, and what becomes of the money.</summary>
public sealed class ReceiptTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const string Back = "https://partner.example.com/back";

    [Fact]
    public async Task It_says_what_was_paid_at_which_rate_where_to_and_when_and_leads_back_to_the_partner()
    {
        var (partner, link) = await NewAsync();
        await using var tab = await SendAsync(link, "100");
        var operation = Assert.Single(await partner.TransfersAsync(link.Reference))!;
        foreach (
            var part in new[]
            {
                "1,705.00 MXN",
                "100.00 USD",
                "3.99 USD",
                "1 USD = 17.05 MXN",
                "103.99 USD",
                "Carlos Gómez Ruiz",
                "••••9719",
                (string)operation["operationId"]!,
                "2026",
            }
        )
            await tab.SaysAsync(part);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        await tab.SaysAsync("The money was paid out.");
        await tab.SaysAsync("You received");
        await tab.SaysAsync("Paid out on");
        await tab.PictureAsync("receipt-completed");
        await tab.IsAccessibleAsync();
        var back = tab.Page.GetByRole(AriaRole.Link, new() { Name = "Back to A partner" });
        Assert.Equal((Back, "noreferrer"), (await back.GetAttributeAsync("href"), await back.GetAttributeAsync("rel")));
    }

    [Theory]
    [InlineData(
        "en-US",
        "nothing has arrived. If you have already paid the 103.12 USD, ask A partner about it; your reference is {0}.",
        "You receive",
        "Recibes",
        "charged",
        "gives"
    )]
    [InlineData(
        "es-MX",
        "no llegó nada. Si ya pagaste 103.12 USD, pregunta a A partner; tu referencia es {0}.",
        "Recibes",
        "You receive",
        "cobra",
        "devuelve"
    )]
    public async Task Of_a_failed_one_it_says_whom_to_ask_and_promises_nothing_of_the_partner(
        string locale,
        string text,
        params string[] not
    )
    {
        var (partner, link) = await NewAsync();
        // The sandbox's rail refuses these cents.
        await using var tab = await SendAsync(link, "99.13", locale);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        var operation = Assert.Single(await partner.TransfersAsync(link.Reference))!;
        await tab.SaysAsync(text.Replace("{0}", (string)operation["operationId"]!, StringComparison.Ordinal));
        foreach (var word in not)
            await Assertions.Expect(tab.Page.Locator("#view")).Not.ToContainTextAsync(word);
        await tab.PictureAsync($"receipt-failed-{locale[..2]}");
        await tab.IsAccessibleAsync();
    }

    [Fact]
    public async Task It_can_be_printed_without_what_is_only_to_be_pressed()
    {
        var (_, link) = await NewAsync();
        await using var tab = await SendAsync(link, "100");
        await tab.Page.EvaluateAsync(
            "() => { window.print = () => { window.printed = true; dispatchEvent(new Event('beforeprint')); }; }"
        );
        await tab.PressAsync("Print or save");
        await tab.Page.WaitForFunctionAsync("() => window.printed");
        await tab.Page.EmulateMediaAsync(new() { Media = Media.Print });
        await tab.PictureAsync("receipt-print");
        Assert.Equal(0, await tab.Page.Locator("button, a").And(tab.Page.Locator(":visible")).CountAsync());
        await Assertions.Expect(tab.Page.GetByText("103.99 USD")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_browser_that_prints_nothing_is_no_dead_end()
    {
        var (_, link) = await NewAsync();
        await using var tab = await SendAsync(link, "100");
        await tab.Page.EvaluateAsync("() => { window.print = () => {}; }");
        await tab.PressAsync("Print or save");
        await tab.SaysAsync("This browser does not print. Take a picture of the screen instead.");
    }

    [Fact]
    public async Task The_terms_that_the_person_accepts_are_named_where_they_confirm()
    {
        var (partner, link) = await NewAsync(new { termsUrl = "https://partner.example.com/terms" });
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.SaysAsync("1,705.00 MXN");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("review");
        var terms = tab.Page.GetByRole(AriaRole.Link, new() { Name = "the terms of A partner" });
        Assert.Equal("https://partner.example.com/terms", await terms.GetAttributeAsync("href"));
        Assert.Empty(await partner.TransfersAsync(link.Reference));
    }

    private async Task<(TestPartner Partner, TestLink Link)> NewAsync(object? settings = null)
    {
        var partner = await app.NewPartnerAsync(settings: settings ?? new { returnUrl = Back });
        return (partner, (await Payer.NewAsync(app, partner)).Link);
    }

    private async Task<WidgetTab> SendAsync(TestLink link, string amount, string locale = "en-US")
    {
        var tab = await WidgetTab.OpenAsync(browser, link.Url, locale);
        await tab.ShowsAsync("amount");
        await tab.Page.Locator("#send").FillAsync(amount);
        await tab.Page.Locator(".get strong").WaitForAsync();
        await tab.Page.Locator("form > button.primary").ClickAsync();
        await tab.ShowsAsync("review");
        await tab.Page.Locator("button.primary").ClickAsync();
        await tab.ShowsAsync("receipt");
        return tab;
    }
}
