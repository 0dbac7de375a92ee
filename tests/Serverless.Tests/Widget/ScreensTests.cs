using Microsoft.Playwright;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// Every screen of a new person's way, on a telephone and on a desk, in both languages, light and dark, with nothing
/// but the keyboard; axe looks at each of them.
/// </summary>
public sealed class ScreensTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    /// <summary>Of the page itself, over the network: what a poor line has to carry before anything can be pressed.</summary>
    private const int MostBytes = 60_000;

    [Theory]
    [InlineData("en-US", 375, ColorScheme.Dark)]
    [InlineData("es-MX", 1280, ColorScheme.Light)]
    public async Task A_new_person_types_everything_is_verified_sends_and_cancels_by_keyboard_alone(
        string locale,
        int width,
        ColorScheme scheme
    )
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        await using var tab = await WidgetTab.VisitAsync(browser, link.Url, locale, width, scheme);
        var look = $"{locale[..2]}-{width}-{scheme}".ToLowerInvariant();
        var screens = 0;
        async Task LookAsync(string name)
        {
            await tab.PictureAsync($"{look}-{screens++:00}-{name}");
            await tab.IsAccessibleAsync();
        }

        await LookAsync("welcome");
        await tab.KeyAsync("#continue", "Enter");
        await tab.ShowsAsync("ask");
        Assert.Equal("in_progress", await link.StatusAsync());
        await tab.KeyAsync("button.primary", "Enter");
        await Assertions.Expect(tab.Page.Locator("#name-firstName")).ToBeFocusedAsync();
        await LookAsync("errors");
        await tab.KeyTextAsync("#name-firstName", "Carlos");
        await tab.KeyTextAsync("#name-lastName", "Gómez");
        await tab.KeyTextAsync("#name-secondLastName", "Ruiz");
        await tab.KeyAsync("#idType", "C");
        await tab.KeyTextAsync("#idNumber", Samples.Curp);
        await tab.KeyDateAsync("#dob", 1990, 5, 14);
        await LookAsync("data");
        await tab.KeyAsync("button.primary", "Enter");

        await tab.ShowsAsync("photo");
        await LookAsync("photo-none");
        var chooser = await tab.OpenFileChooserAsync("#idImage");
        await chooser.SetFilesAsync(await tab.DrawPhotoAsync());
        await Assertions.Expect(tab.Page.Locator("img.preview")).ToBeVisibleAsync();
        await LookAsync("photo");
        await tab.KeyAsync("button.primary", "Enter");

        await tab.ShowsAsync("verify");
        await tab.KeyAsync("#show-idNumber", "Space");
        await tab.SaysAsync(Samples.Curp);
        await Assertions.Expect(tab.Page.Locator("#show-idNumber")).ToBeFocusedAsync();
        await LookAsync("verify");
        await tab.KeyAsync("#edit", "Enter");
        await tab.ShowsAsync("edit");
        await LookAsync("edit");
        await tab.KeyAsync("button.primary", "Enter");
        await tab.ShowsAsync("verify");
        await tab.KeyAsync("button.primary", "Enter");
        await tab.ShowsAsync("verifying");
        await LookAsync("verifying");

        await tab.ShowsAsync("amount");
        await tab.KeyTextAsync("#send", "250");
        await tab.SaysAsync("4,262.50 MXN");
        await tab.KeyTextAsync("#clabe", Samples.Clabe);
        await LookAsync("amount");
        await tab.KeyAsync("form > button.primary", "Enter");

        await tab.ShowsAsync("review");
        await tab.KeyAsync("#show-payment", "Enter");
        await tab.SaysAsync(Samples.Clabe);
        await LookAsync("review");
        await tab.KeyAsync("button.primary", "Enter");

        await tab.ShowsAsync("receipt");
        Assert.Equal("completed", await link.StatusAsync());
        await LookAsync("receipt");
        await tab.KeyAsync("#cancel", "Enter");
        await LookAsync("cancel");
        await tab.KeyAsync("button.danger", "Enter");
        await Assertions
            .Expect(tab.Page.Locator("h1"))
            .ToHaveTextAsync(locale == "en-US" ? "Transfer cancelled" : "Transferencia cancelada");
        await LookAsync("cancelled");

        Assert.Equal([link.Url.Authority], tab.Hosts);
        var bytes = await tab.TransferredAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} bytes");
        Assert.InRange(bytes, 1, MostBytes);
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("es-MX")]
    public async Task At_320_pixels_with_letters_twice_as_large_nothing_is_cut_off(string locale)
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner);
        foreach (var url in new[] { (await partner.CreateLinkAsync()).Url, payer.Link.Url })
        {
            await using var tab = await WidgetTab.VisitAsync(browser, url, locale, 320);
            await LargeAsync(tab, "welcome");
            await tab.KeyAsync("#continue", "Enter");
            var name = await tab.ShowsOneOfAsync("ask", "amount");
            if (name == "amount")
                await tab.SaysAsync("MXN");
            await LargeAsync(tab, name);
            if (name == "ask")
                continue;
            foreach (var next in new[] { "review", "receipt" })
            {
                await tab.Page.Locator("button.primary").Last.ClickAsync();
                await tab.ShowsAsync(next);
                await LargeAsync(tab, next);
            }
        }
    }

    [Fact]
    public async Task The_other_language_is_a_press_away_and_nothing_typed_is_lost_by_it()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("ask");
        await tab.TypeAsync("First name", "Carlos");
        await tab.Page.GetByText("Español", new() { Exact = true }).ClickAsync();
        await tab.ShowsAsync("ask");
        Assert.Equal("Tus datos", await tab.TitleAsync());
        Assert.Equal("Carlos", await tab.Page.GetByLabel("Primer nombre", new() { Exact = true }).InputValueAsync());
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("ask");
        Assert.Equal("Tus datos", await tab.TitleAsync());
        await tab.Page.GetByText("English", new() { Exact = true }).ClickAsync();
        await tab.ShowsAsync("ask");
        Assert.Equal("Carlos", await tab.Page.GetByLabel("First name", new() { Exact = true }).InputValueAsync());
    }

    private static async Task LargeAsync(WidgetTab tab, string name)
    {
        await tab.Page.EvaluateAsync("() => { document.documentElement.style.fontSize = '200%'; }");
        await tab.PictureAsync($"large-{name}");
        var cut = await tab.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("body *:not(.unseen, .hero, option)")]
              .filter((one) => one.getClientRects().length && (one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1))
              .map((one) => one.outerHTML.slice(0, 80))
            """
        );
        Assert.Empty(cut);
        // What axe finds does not depend on the size of letters: it looks at the same screens elsewhere.
        await tab.FitsAsync(name);
    }
}
