using Microsoft.Playwright;
using Serverless.Tests.Widget;
using Xunit;

[assembly: AssemblyFixture(typeof(Browser))]

namespace Serverless.Tests.Widget;

/// <summary>
/// One Chromium for all tests, started when the first of them needs it. Without one these tests are skipped, and say
/// so.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Places =
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    private readonly SemaphoreSlim _starting = new(1, 1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A browser profile of its own.</summary>
    public async Task<IBrowserContext> NewContextAsync(
        string locale,
        int width,
        ColorScheme scheme = ColorScheme.Light,
        int height = 780
    )
    {
        var browser = await StartAsync();
        return await browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                Locale = locale,
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new ViewportSize { Width = width, Height = height },
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _starting.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        var chromium = Environment.GetEnvironmentVariable("CHROMIUM_PATH") ?? Array.Find(Places, File.Exists);
        Assert.SkipWhen(chromium is null, "No Chromium is installed; set CHROMIUM_PATH to run the browser tests.");
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            // No sandbox within a sandbox: as root, or in a container, Chromium refuses its own.
            return _browser ??= await _playwright.Chromium.LaunchAsync(
                new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] }
            );
        }
        finally
        {
            _starting.Release();
        }
    }
}
