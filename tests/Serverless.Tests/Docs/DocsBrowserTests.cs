using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Docs;

/// <summary>The pages in a browser: narrow and wide, light and dark, by keyboard.</summary>
public sealed class DocsBrowserTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    /// <summary>One route in the reference.</summary>
    private const string Operation = "/docs/reference/m2m#/links/createlink";

    /// <summary>
    /// What Redoc does there by itself: a heading of the fourth level after one of the second, and a button with
    /// another name than its text.
    /// </summary>
    private static readonly string[] OfRedoc = ["heading-order", "label-content-name-mismatch"];

    /// <summary>
    /// Looks at the address again and again: a wait for the navigation misses one that was over before the wait began.
    /// </summary>
    private static readonly PageAssertionsToHaveURLOptions Patiently = new() { Timeout = 30_000 };

    public static TheoryData<string, int, ColorScheme> Views =>
        [
            .. from path in new[] { "/docs", "/docs/links", "/docs/webhooks", "/docs/reference/m2m", Operation }
            from width in new[] { 375, 1280 }
            from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
            select (path, width, scheme),
        ];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task A_page_fits_is_accessible_and_loads_from_the_app_alone(string path, int width, ColorScheme scheme)
    {
        await using var tab = await VisitAsync(path, width, scheme);
        if (path.Contains("reference", StringComparison.Ordinal))
            await IsDrawnAsync(tab);
        var name = $"docs{path[5..].Replace("#", "", StringComparison.Ordinal).Replace('/', '-')}-{width}-{scheme}";
        await tab.PictureAsync(name);
        var result = await tab.Page.RunAxe();
        Assert.Empty(
            result
                .Violations.Where(violation => path != Operation || !OfRedoc.Contains(violation.Id))
                .Select(violation =>
                    $"{violation.Id} ({violation.Impact}): {string.Join("; ", violation.Nodes.Select(node => $"{node.Html} {string.Join(' ', node.Any.Select(check => check.Message))}"))}"
                )
        );
        Assert.Equal(
            0,
            await tab.Page.EvaluateAsync<int>(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        );
        Assert.Equal([app.Address.Authority], tab.Hosts);
        TestContext.Current.TestOutputHelper?.WriteLine($"{path}: {await tab.TransferredAsync()} bytes");
    }

    [Fact]
    public async Task The_search_finds_a_section_and_opens_it_by_keyboard()
    {
        await using var tab = await VisitAsync("/docs", 1280, ColorScheme.Light);
        var page = tab.Page;
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("tampered_body");
        var found = page.Locator(".found");
        await Assertions.Expect(found.GetByRole(AriaRole.Status)).ToHaveTextAsync("1 result");
        await Assertions.Expect(found.Locator("mark").First).ToHaveTextAsync("tampered_body");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(found).ToBeHiddenAsync();

        await page.Keyboard.PressAsync("ControlOrMeta+a");
        await page.Keyboard.TypeAsync("rotate secret");
        await Assertions.Expect(found.GetByRole(AriaRole.Link).First).ToContainTextAsync("Rotate the secret");
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(found.GetByRole(AriaRole.Link).First).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveURLAsync($"{app.Address}docs/webhooks#rotate-the-secret", Patiently);
        await Assertions.Expect(page.Locator("#rotate-the-secret")).ToBeInViewportAsync(new() { Timeout = 30_000 });

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("nothing-has-this-name");
        await Assertions.Expect(found.GetByRole(AriaRole.Status)).ToHaveTextAsync("Nothing found");
    }

    [Fact]
    public async Task A_block_of_code_can_be_copied()
    {
        await using var tab = await VisitAsync("/docs/links", 1280, ColorScheme.Light);
        await tab.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var block = tab.Page.Locator(".block").First;
        await block.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(block.GetByRole(AriaRole.Button)).ToHaveTextAsync("Copied");
        Assert.Equal(
            await block.Locator("pre").TextContentAsync(),
            await tab.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()")
        );
    }

    [Fact]
    public async Task On_a_narrow_screen_the_menu_has_every_guide()
    {
        await using var tab = await VisitAsync("/docs/links", 375, ColorScheme.Light);
        await tab.Page.GetByText("Menu", new() { Exact = true }).ClickAsync();
        var menu = tab.Page.GetByRole(AriaRole.Navigation, new() { Name = "Menu" });
        Assert.Equal(DocsSitePages.Guides.Count + 3, await menu.GetByRole(AriaRole.Link).CountAsync());
        await menu.GetByRole(AriaRole.Link, new() { Name = "Webhooks" }).ClickAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync($"{app.Address}docs/webhooks", Patiently);
    }

    [Theory]
    [InlineData("m2m", "/partner/links")]
    [InlineData("identities", "/eapi/v0/identities/basic")]
    [InlineData("operator", "/operator/audit")]
    public async Task A_reference_shows_the_routes_of_its_document(string document, string route)
    {
        await using var tab = await VisitAsync($"/docs/reference/{document}", 1280, ColorScheme.Light);
        await IsDrawnAsync(tab);
        await Assertions.Expect(tab.Page.GetByText(route, new() { Exact = true }).First).ToBeAttachedAsync();
    }

    [Theory]
    [InlineData("links", "POST /partner/links/{linkId}/revoke", "Revoke a link")]
    [InlineData("data-requests", "GET /partner/data-requests/{dataRequestId}", "Get a data request")]
    [InlineData("kyc-sharing", "POST /eapi/v0/identities/reliance", "Share a verification that you have run")]
    public async Task A_route_in_a_guide_leads_to_the_route_in_the_reference(string guide, string route, string title)
    {
        await using var tab = await VisitAsync($"/docs/{guide}", 1280, ColorScheme.Light);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = route, Exact = true }).First.ClickAsync();
        await IsDrawnAsync(tab);
        await Assertions
            .Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Name = title }).First)
            .ToBeInViewportAsync(new() { Timeout = 30_000 });
    }

    private Task<WidgetTab> VisitAsync(string path, int width, ColorScheme scheme) =>
        WidgetTab.VisitAsync(browser, new Uri(app.Address, path), width: width, scheme: scheme);

    private static Task IsDrawnAsync(WidgetTab tab) =>
        tab.Page.Locator("#reference .api-content").WaitForAsync(new() { Timeout = 30_000 });
}
