using Microsoft.Playwright;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>What a press is, and what is none: money moves only by a press on what the person has seen.</summary>
public sealed class PressTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const string Confirm = "Confirm and pay 103.99 USD";

    /// <summary>Paints only when it is told to, as a page does that nobody sees.</summary>
    private const string PaintsWhenTold =
        "const frames = []; window.requestAnimationFrame = (frame) => frames.push(frame); window.paint = () => frames.splice(0).forEach((frame) => frame(0));";

    [Theory]
    [InlineData(1366, 768)]
    [InlineData(412, 732)]
    [InlineData(390, 844)]
    public async Task The_second_press_of_a_double_click_is_not_for_the_screen_that_came_between(int width, int height)
    {
        var partner = await app.NewPartnerAsync();
        var link = (await Payer.NewAsync(app, partner)).Link;
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url, width: width, height: height);
        await tab.ShowsAsync("amount");
        await tab.SaysAsync("1,705.00 MXN");
        await tab.Page.EvaluateAsync("() => window.scrollTo(0, document.body.scrollHeight)");
        var press = tab.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" });
        await press.ClickAsync(new() { Trial = true });
        var box = (await press.BoundingBoxAsync())!;
        // Every button of the screen that comes is pressed once it is there, and a moment later what then stands under
        // the pointer: by the page itself, whose own half second is over later however busy the machine is.
        await tab.Page.EvaluateAsync(
            """
            ({ x, y }) => new MutationObserver(() => {
              const buttons = document.querySelectorAll("#view[data-screen=review] button");
              for (const button of buttons) button.click();
              if (buttons.length > 0) setTimeout(() => document.elementFromPoint(x, y)?.click(), 120);
            }).observe(document.getElementById("view"), { attributes: true, childList: true })
            """,
            new { x = (double)(box.X + (box.Width / 2)), y = (double)(box.Y + (box.Height / 2)) }
        );
        await tab.Page.Mouse.ClickAsync(
            box.X + (box.Width / 2),
            box.Y + (box.Height / 2),
            new() { ClickCount = 2, Delay = 20 }
        );
        await tab.ShowsAsync("review");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = Confirm })).ToBeEnabledAsync();
        await tab.ShowsAsync("review");
        Assert.Empty(await partner.TransfersAsync(link.Reference));
        await tab.PressAsync(Confirm);
        await tab.ShowsAsync("receipt");
        Assert.Single(await partner.TransfersAsync(link.Reference));
    }

    [Fact]
    public async Task A_screen_that_was_not_seen_for_half_a_second_takes_no_press()
    {
        var link = (await Payer.NewAsync(app, await app.NewPartnerAsync())).Link;
        await using var tab = await WidgetTab.VisitAsync(
            browser,
            link.Url,
            before: async page =>
            {
                await page.Clock.InstallAsync();
                await page.AddInitScriptAsync(PaintsWhenTold);
            }
        );
        await PaintAsync(tab);
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("amount");
        await tab.SaysAsync("1,705.00 MXN");
        await PaintAsync(tab);
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("review");

        var confirm = tab.Page.GetByRole(AriaRole.Button, new() { Name = Confirm });
        await tab.Page.Clock.RunForAsync(60_000);
        await confirm.DispatchEventAsync("click");
        await tab.Page.EvaluateAsync("() => { paint(); paint(); }");
        await confirm.DispatchEventAsync("click");
        Assert.Equal("true", await confirm.GetAttributeAsync("aria-disabled"));
        Assert.Null(await tab.Page.Locator("#view").GetAttributeAsync("aria-busy"));
        await tab.Page.Clock.RunForAsync(600);
        await tab.PressAsync(Confirm);
        await tab.ShowsAsync("receipt");
    }

    [Fact]
    public async Task A_picture_that_is_not_small_enough_yet_is_waited_for_and_sent()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(userData: Samples.FullUserData());
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            link.Url,
            before: page =>
                page.AddInitScriptAsync(
                    """
                    const make = window.createImageBitmap;
                    window.createImageBitmap = async (...all) => { await new Promise((done) => { window.develop = done; }); return make(...all); };
                    """
                )
        );
        await tab.ShowsAsync("known");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
        Assert.False(await tab.Page.Locator("img.preview").IsVisibleAsync());
        await tab.PressAsync("Use this photo");
        await tab.SaysAsync("Choose a picture first.");
        await tab.ChoosePhotoAsync();
        await tab.PressAsync("Use this photo");
        Assert.NotNull(await tab.Page.Locator("#view").GetAttributeAsync("aria-busy"));
        await tab.Page.WaitForFunctionAsync("() => window.develop");
        await tab.Page.EvaluateAsync("() => window.develop()");
        await tab.ShowsAsync("verify");
    }

    [Fact]
    public async Task Enter_that_is_held_or_comes_twice_asks_whether_to_cancel_and_no_more()
    {
        var partner = await app.NewPartnerAsync();
        var link = (await Payer.NewAsync(app, partner)).Link;
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.SaysAsync("1,705.00 MXN");
        await tab.PressAsync("Continue");
        await tab.PressAsync(Confirm);
        await tab.ShowsAsync("receipt");
        var cancel = tab.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel transfer" });
        await Assertions.Expect(cancel).ToBeEnabledAsync();
        await cancel.FocusAsync();
        for (var held = 0; held < 30; held++)
            await tab.Page.Keyboard.DownAsync("Enter");
        await tab.Page.Keyboard.UpAsync("Enter");
        await tab.SaysAsync("Cancel this transfer?");
        Assert.Equal("sure", await tab.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        var keep = tab.Page.GetByRole(AriaRole.Button, new() { Name = "Keep it" });
        await Assertions.Expect(keep).ToBeEnabledAsync();
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.SaysAsync("Cancel this transfer?");
        await tab.PictureAsync("cancel-question");
        await tab.IsAccessibleAsync();

        // The next thing for the keyboard is the answer, and a key that is still held from it does not ask again.
        await keep.FocusAsync();
        for (var held = 0; held < 30; held++)
            await tab.Page.Keyboard.DownAsync("Enter");
        await tab.Page.Keyboard.UpAsync("Enter");
        await Assertions.Expect(cancel).ToBeFocusedAsync();
        Assert.NotEqual("cancelled", (string)Assert.Single(await partner.TransfersAsync(link.Reference))!["status"]!);
    }

    private static async Task PaintAsync(WidgetTab tab)
    {
        await tab.Page.EvaluateAsync("() => { paint(); paint(); }");
        await tab.Page.Clock.RunForAsync(600);
    }
}
