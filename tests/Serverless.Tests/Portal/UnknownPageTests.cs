using System.Net;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Portal;

/// <summary>What stands at none of the addresses of the portal and of the desk.</summary>
public sealed class UnknownPageTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("/portal/anything", "en-US", "There is no such page", "Go to Me2Me Portal", "/portal")]
    [InlineData("/portal/links/abc", "es-MX", "No existe esta página", "Ir a Me2Me Portal", "/portal")]
    [InlineData("/desk/anything", "es-MX", "No existe esta página", "Ir a Operator's desk", "/desk")]
    public async Task An_unknown_address_says_so_in_the_readers_language_and_leads_back(
        string path,
        string locale,
        string title,
        string back,
        string to
    )
    {
        await using var tab = await WidgetTab.VisitAsync(browser, new Uri(app.Address, path), locale, width: 375);
        await tab.Page.Locator("h1").WaitForAsync();
        Assert.Equal(title, await tab.TitleAsync());
        await tab.IsAccessibleAsync();
        await tab.PictureAsync($"unknown-{to[1..]}-{locale}");
        await tab.Page.GetByText(back).ClickAsync();
        await tab.Page.Locator("form").WaitForAsync();
        Assert.Equal(new Uri(app.Address, to).AbsolutePath, new Uri(tab.Page.Url).AbsolutePath);
    }

    [Theory]
    [InlineData("/portal/anything")]
    [InlineData("/desk/any/thing")]
    public async Task A_browser_gets_404_with_the_page_and_a_program_the_error(string path)
    {
        var page = await app.GetAsync(path, ("Accept", "text/html"));
        Assert.Equal((404, "text/html"), (page.Status, page.MediaType));
        Assert.Contains("frame-ancestors 'none'", page["Content-Security-Policy"], StringComparison.Ordinal);
        (await app.GetAsync(path, ("Accept", "application/json"))).Is(404, "RESOURCE_NOT_FOUND");
        (await app.PostAsync(path)).Is((int)HttpStatusCode.NotFound, "RESOURCE_NOT_FOUND");
    }
}
