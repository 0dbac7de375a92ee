using System.Collections.Concurrent;
using Microsoft.Playwright;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Portal;

/// <summary>A browser's tab with the portal, signed in through the form.</summary>
internal sealed class PortalTab : IAsyncDisposable
{
    private readonly TestApp _app;
    private readonly WidgetTab _tab;
    private readonly ConcurrentDictionary<string, IRequest> _requests;

    private PortalTab(TestApp app, WidgetTab tab, ConcurrentDictionary<string, IRequest> requests) =>
        (_app, _tab, _requests) = (app, tab, requests);

    /// <summary>Both values of width, language and scheme, once each.</summary>
    private static readonly (int Width, string Language, ColorScheme Scheme)[] Looks =
    [
        (1280, "en", ColorScheme.Light),
        (375, "es", ColorScheme.Dark),
    ];

    /// <summary>All of them, for who looks at the pictures.</summary>
    private static readonly (int Width, string Language, ColorScheme Scheme)[] AllLooks =
    [
        .. from language in new[] { "en", "es" }
        from width in new[] { 1280, 375 }
        from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
        select (width, language, scheme),
    ];

    public IPage Page => _tab.Page;

    public WidgetTab Tab => _tab;

    private static bool TakesPictures => Environment.GetEnvironmentVariable("WIDGET_PICTURES") is not null;

    /// <summary>The page before anybody has signed in.</summary>
    public static async Task<PortalTab> VisitAsync(TestApp app, Browser browser)
    {
        var requests = new ConcurrentDictionary<string, IRequest>();
        var tab = await WidgetTab.VisitAsync(
            browser,
            new Uri(app.Address, "/portal"),
            width: 1280,
            before: page =>
            {
                page.Request += (_, request) => requests.TryAdd(request.Url, request);
                return Task.CompletedTask;
            }
        );
        return new PortalTab(app, tab, requests);
    }

    /// <summary>Signed in with the key, at the first section.</summary>
    public static async Task<PortalTab> SignInAsync(TestApp app, Browser browser, string key)
    {
        var portal = await VisitAsync(app, browser);
        await portal.EnterAsync(key);
        return portal;
    }

    public async Task EnterAsync(string key)
    {
        await Page.GetByLabel("API key").FillAsync(key);
        await Page.Keyboard.PressAsync("Enter");
        await Page.Locator(".columns main[data-view]").WaitForAsync();
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

    /// <summary>
    /// Looks at the present view in every look: axe finds nothing, nothing scrolls sideways, and everything comes from
    /// the app. The language that the page has comes first, since the other one is another load of the page.
    /// </summary>
    /// <param name="name">Of the view.</param>
    /// <param name="unfold">What is done to the view before it is looked at, in each language.</param>
    public async Task IsGoodAsync(string name, Func<Task>? unfold = null)
    {
        var present = await LanguageAsync();
        await (unfold?.Invoke() ?? Task.CompletedTask);
        foreach (var look in (TakesPictures ? AllLooks : Looks).OrderBy(look => look.Language != present))
        {
            await Page.SetViewportSizeAsync(look.Width, look.Width == 375 ? 780 : 900);
            await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = look.Scheme });
            if (await LanguageAsync() != look.Language)
            {
                await SpeakAsync(look.Language);
                await (unfold?.Invoke() ?? Task.CompletedTask);
            }
            var what = $"{name}-{look.Width}-{look.Language}-{look.Scheme}";
            await _tab.PictureAsync($"portal-{what}");
            await _tab.IsAccessibleAsync(what);
        }
        Assert.Equal([_app.Address.Authority], _tab.Hosts);
    }

    private Task<string> LanguageAsync() => Page.EvaluateAsync<string>("() => document.documentElement.lang");

    /// <summary>The page in another language: it is loaded again, and is where it was.</summary>
    public async Task SpeakAsync(string language)
    {
        await Page.EvaluateAsync("language => localStorage.setItem('console:language', language)", language);
        await Page.ReloadAsync();
        await Page.Locator(".columns main[data-view]:not([aria-busy]), .alone main").First.WaitForAsync();
    }

    /// <summary>
    /// Bytes of bodies and heads of the page, its modules and what else is no answer of the partner's API.
    /// </summary>
    public async Task<long> TransferredAsync()
    {
        var sum = 0L;
        foreach (
            var request in _requests.Values.Where(request =>
                request.Url.StartsWith("http", StringComparison.Ordinal)
                && !request.Url.Contains("/partner/", StringComparison.Ordinal)
            )
        )
        {
            var sizes = await request.SizesAsync();
            sum += sizes.ResponseBodySize + sizes.ResponseHeadersSize;
        }
        return sum;
    }

    public ValueTask DisposeAsync() => _tab.DisposeAsync();
}
