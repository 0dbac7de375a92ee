using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>A tab with a link's page, and what it did on the network.</summary>
public sealed class WidgetTab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];
    private readonly ConcurrentQueue<IRequest> _requests = new();

    private WidgetTab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            // An answer of 4xx is part of the tests; a blocked script or an exception is not.
            if (
                message.Type == "error"
                && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)
            )
                _complaints.Add(message.Text);
        };
        page.PageError += (_, error) => _complaints.Add(error);
        page.Request += (_, request) => _requests.Enqueue(request);
        // From now on the test chooses files. Where it only says so with the press that opens the choice, that may come
        // first, and a browser without a screen cancels a choice that nobody takes.
        page.FileChooser += (_, _) => { };
    }

    public IPage Page { get; }

    /// <param name="browser">The browser.</param>
    /// <param name="url">The link's URL.</param>
    /// <param name="locale">Of the person.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="before">What is to be arranged in the tab before it loads the page.</param>
    public static async Task<WidgetTab> VisitAsync(
        Browser browser,
        Uri url,
        string locale = "en-US",
        int width = 390,
        ColorScheme scheme = ColorScheme.Light,
        int height = 780,
        Func<IPage, Task>? before = null
    )
    {
        var context = await browser.NewContextAsync(locale, width, scheme, height);
        var tab = new WidgetTab(context, await context.NewPageAsync());
        await (before?.Invoke(tab.Page) ?? Task.CompletedTask);
        await tab.Page.GotoAsync(url.ToString());
        return tab;
    }

    /// <summary>Opens the link as a person does.</summary>
    public static async Task<WidgetTab> OpenAsync(
        Browser browser,
        Uri url,
        string locale = "en-US",
        int width = 390,
        ColorScheme scheme = ColorScheme.Light,
        int height = 780,
        Func<IPage, Task>? before = null
    )
    {
        var tab = await VisitAsync(browser, url, locale, width, scheme, height, before);
        await tab.Page.Locator("#continue").ClickAsync();
        return tab;
    }

    /// <summary>Waits for a view.</summary>
    public Task ShowsAsync(string screen) =>
        Assertions
            .Expect(Page.Locator("#view"))
            .ToHaveAttributeAsync("data-screen", screen, new() { Timeout = 15_000 });

    /// <summary>Waits for one of two views, and says which.</summary>
    public async Task<string> ShowsOneOfAsync(string one, string other)
    {
        await Page.Locator($"#view[data-screen={one}], #view[data-screen={other}]")
            .WaitForAsync(new() { Timeout = 15_000 });
        return (await Page.Locator("#view").GetAttributeAsync("data-screen"))!;
    }

    public Task SaysAsync(string text) =>
        Assertions.Expect(Page.Locator("#view")).ToContainTextAsync(text, new() { Timeout = 15_000 });

    /// <summary>Presses the button with this name, with the keyboard if so wished.</summary>
    public Task PressAsync(string name) =>
        Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    public Task TypeAsync(string label, string text) => Page.GetByLabel(label, new() { Exact = true }).FillAsync(text);

    /// <summary>Says of which document the number is: the page guesses none.</summary>
    public Task ChooseDocumentAsync(string type = "CURP") => Page.Locator("#idType").SelectOptionAsync(type);

    public Task<string> TitleAsync() => Page.Locator("h1").InnerTextAsync();

    /// <summary>Chooses a photo of a document.</summary>
    public async Task PickPhotoAsync()
    {
        await ChoosePhotoAsync();
        await Assertions.Expect(Page.Locator("img.preview")).ToBeVisibleAsync();
    }

    /// <summary>Chooses a photo, and does not wait until it can be seen.</summary>
    public async Task ChoosePhotoAsync() => await Page.Locator("#idImage").SetInputFilesAsync(await DrawPhotoAsync());

    /// <summary>A photo of a document, larger than what is sent.</summary>
    public async Task<FilePayload> DrawPhotoAsync()
    {
        var uri = await Page.EvaluateAsync<string>(
            """
            () => { const c = document.createElement("canvas"); c.width = 2600; c.height = 1700; const p = c.getContext("2d");
              p.fillStyle = "#dfe9f5"; p.fillRect(0, 0, 2600, 1700); p.fillStyle = "#23415f"; p.fillRect(160, 260, 760, 980); p.font = "150px sans-serif"; p.fillText("IDENTIFICACION", 1050, 480);
              p.fillText("GOMEZ RUIZ CARLOS", 1050, 780); return c.toDataURL("image/png"); }
            """
        );
        return new FilePayload
        {
            Name = "id.png",
            MimeType = "image/png",
            Buffer = Convert.FromBase64String(uri.Split(',')[1]),
        };
    }

    /// <summary>Goes on with Tab until an element has the focus.</summary>
    public async Task ReachAsync(string selector)
    {
        var element = Page.Locator(selector).First;
        await element.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        for (var presses = 0; presses < 60; presses++)
        {
            if (await element.EvaluateAsync<bool>("one => one === document.activeElement"))
                return;
            await Page.Keyboard.PressAsync("Tab");
        }
        Assert.Fail($"Tab does not lead to {selector}.");
    }

    /// <summary>Presses a key on an element that the keyboard leads to; a button once it takes a press.</summary>
    public async Task KeyAsync(string selector, string key)
    {
        await ReachAsync(selector);
        await Assertions.Expect(Page.Locator(selector).First).ToBeEnabledAsync();
        await Page.Keyboard.PressAsync(key);
    }

    /// <summary>Opens the choice of a file by keyboard.</summary>
    public async Task<IFileChooser> OpenFileChooserAsync(string selector)
    {
        await ReachAsync(selector);
        return await Page.RunAndWaitForFileChooserAsync(() => Page.Keyboard.PressAsync("Space"));
    }

    /// <summary>Types into a control that the keyboard leads to, in the place of what it holds.</summary>
    public async Task KeyTextAsync(string selector, string text)
    {
        await ReachAsync(selector);
        await Page.Keyboard.PressAsync("ControlOrMeta+A");
        await Page.Keyboard.TypeAsync(text);
        Assert.Equal(text, await Page.Locator(selector).InputValueAsync());
    }

    /// <summary>Types a date into its control, in the order of the browser's own language.</summary>
    public async Task KeyDateAsync(string selector, int year, int month, int day)
    {
        foreach (var typed in new[] { $"{month:00}{day:00}{year}", $"{day:00}{month:00}{year}" })
        {
            await ReachAsync(selector);
            await Page.Keyboard.TypeAsync(typed);
            if (await Page.Locator(selector).InputValueAsync() == $"{year}-{month:00}-{day:00}")
                return;
            // Back to its first part.
            await Page.Keyboard.PressAsync("Shift+Tab");
            await Page.Keyboard.PressAsync("Shift+Tab");
        }
        Assert.Fail("The date cannot be typed.");
    }

    /// <summary>What is right is not described: it is the larger part of what axe says, and nobody reads it.</summary>
    private static readonly AxeRunOptions OnlyViolations = new() { ResultTypes = [ResultType.Violations] };

    /// <summary>Nothing that axe knows to be wrong, and nothing to scroll sideways.</summary>
    /// <param name="what">Names the look, where there are several.</param>
    public async Task IsAccessibleAsync(string what = "it")
    {
        var result = await Page.RunAxe(OnlyViolations);
        Assert.Empty(result.Violations.Select(violation => $"{what}: {Describe(violation)}"));
        await FitsAsync(what);
    }

    /// <summary>Nothing is to be scrolled sideways.</summary>
    public async Task FitsAsync(string what) =>
        Assert.True(
            await Page.EvaluateAsync<int>(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            ) == 0,
            $"{what} scrolls sideways"
        );

    private static string Describe(AxeResultItem violation)
    {
        var nodes = violation.Nodes.Select(node =>
        {
            var checks = node.Any.Concat(node.All).Concat(node.None).Select(check => check.Message);
            return $"{node.Html} {string.Join(' ', checks)}";
        });
        return $"{violation.Id} ({violation.Impact}): {string.Join("; ", nodes)}";
    }

    /// <summary>A picture for a person to look at, where the environment names a folder for them.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("WIDGET_PICTURES") is { } folder)
            await Page.ScreenshotAsync(
                new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true }
            );
    }

    /// <summary>Bytes of bodies and heads that came for the page itself, without the answers of its API.</summary>
    public async Task<long> TransferredAsync()
    {
        var sum = 0L;
        foreach (
            var request in _requests.Where(request =>
                request.Url.StartsWith("http", StringComparison.Ordinal)
                && !request.Url.Contains("/widget/links/", StringComparison.Ordinal)
            )
        )
        {
            var sizes = await request.SizesAsync();
            sum += sizes.ResponseBodySize + sizes.ResponseHeadersSize;
        }
        return sum;
    }

    public IReadOnlyList<string> Hosts =>
        [
            .. _requests
                .Where(request => request.Url.StartsWith("http", StringComparison.Ordinal))
                .Select(request => new Uri(request.Url).Authority)
                .Distinct(),
        ];

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        // The failure of a test that has failed already says more.
        if (TestContext.Current.TestState is null || _complaints.Count == 0)
            Assert.True(_complaints.Count == 0, string.Join("\n", _complaints));
        else
            TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', _complaints));
    }
}
