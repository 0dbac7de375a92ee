using Microsoft.Playwright;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Desk;

/// <summary>A browser's tab with the operator's desk.</summary>
internal sealed class DeskTab : IAsyncDisposable
{
    /// <summary>All of them, for who looks at the pictures.</summary>
    private static readonly (int Width, ColorScheme Scheme)[] AllLooks =
    [
        (1280, ColorScheme.Light),
        (375, ColorScheme.Dark),
        (375, ColorScheme.Light),
        (1280, ColorScheme.Dark),
    ];

    private readonly TestApp _app;
    private readonly WidgetTab _tab;
    private readonly string _locale;

    private DeskTab(TestApp app, WidgetTab tab, string locale) => (_app, _tab, _locale) = (app, tab, locale);

    public IPage Page => _tab.Page;

    /// <summary>One a language, so that two tabs have each value of language, width and scheme once.</summary>
    private (int Width, ColorScheme Scheme)[] Looks =>
        _locale == "en" ? [(1280, ColorScheme.Light)] : [(375, ColorScheme.Dark)];

    private static bool TakesPictures => Environment.GetEnvironmentVariable("WIDGET_PICTURES") is not null;

    /// <summary>The page before anybody has signed in.</summary>
    public static async Task<DeskTab> VisitAsync(TestApp app, Browser browser, string locale = "en")
    {
        var tab = await WidgetTab.VisitAsync(browser, new Uri(app.Address, "/desk"), locale, width: 1280, height: 900);
        await tab.Page.Locator("#functionKey").WaitForAsync();
        return new DeskTab(app, tab, locale);
    }

    /// <summary>Signed in, at the first section.</summary>
    public static async Task<DeskTab> SignInAsync(
        TestApp app,
        Browser browser,
        string locale = "en",
        string key = "",
        string name = "Ana Pérez"
    )
    {
        var desk = await VisitAsync(app, browser, locale);
        await desk.EnterAsync(key, name);
        await desk.DrawnAsync("reviews");
        return desk;
    }

    public async Task EnterAsync(string key, string name)
    {
        await Page.Locator("#functionKey").FillAsync(key);
        await Page.Locator("#operator").FillAsync(name);
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Goes to a view and waits until it is drawn.</summary>
    public async Task GoAsync(string path)
    {
        await Page.EvaluateAsync("path => { location.hash = '#/' + path; }", path);
        await DrawnAsync(path);
    }

    /// <summary>Waits until a view is drawn.</summary>
    public Task DrawnAsync(string path) =>
        Page.Locator($"main[data-view=\"{path.Split('?')[0]}\"]:not([aria-busy])").WaitForAsync();

    /// <summary>Fills in why in the open dialog and sends it, by keyboard.</summary>
    public async Task BecauseAsync(string reason)
    {
        var field = Page.Locator("dialog #reason");
        await field.FillAsync(reason);
        await field.PressAsync("Enter");
    }

    /// <summary>Presses a button of the view.</summary>
    public Task PressAsync(string name) =>
        Page.Locator("main").GetByRole(AriaRole.Button, new() { Name = name }).First.ClickAsync();

    /// <summary>
    /// Looks at what is shown in each look: axe finds nothing, nothing scrolls sideways, and everything comes from the
    /// app.
    /// </summary>
    public async Task IsGoodAsync(string name)
    {
        foreach (var look in TakesPictures ? AllLooks : Looks)
        {
            await Page.SetViewportSizeAsync(look.Width, look.Width == 375 ? 780 : 900);
            await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = look.Scheme });
            var what = $"{name}-{look.Width}-{_locale}-{look.Scheme}";
            await _tab.PictureAsync($"desk-{what}");
            await _tab.IsAccessibleAsync(what);
        }
        await Page.SetViewportSizeAsync(1280, 900);
        Assert.Equal([_app.Address.Authority], _tab.Hosts);
    }

    public ValueTask DisposeAsync() => _tab.DisposeAsync();
}
