using System.Net;
using Microsoft.Playwright;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Portal;

/// <summary>The page of the local host leads into the portal.</summary>
public sealed class LocalPageTests(Browser browser)
{
    [Fact]
    public async Task The_local_page_opens_the_portal_signed_in_as_the_demo_partner_even_after_its_key_was_revoked()
    {
        await using var app = await TestApp.StartAsync(("Demo:Seed", "true"));
        await using var tab = await WidgetTab.VisitAsync(browser, new Uri(app.Address, "/local"), width: 1280);
        await OpenAsync(tab.Page);
        var keys = await KeysAsync(app);
        Assert.Equal(2, keys.Count);
        foreach (var key in keys)
            (
                await app.SendAsync(
                    HttpMethod.Delete,
                    $"/operator/partners/demo/keys/{key.RowKey["key|".Length..]}",
                    null
                )
            ).Is(200);
        await tab.Page.GotoAsync(new Uri(app.Address, "/local").ToString());
        await OpenAsync(tab.Page);
    }

    [Fact]
    public async Task Whoever_comes_again_after_a_restart_has_the_same_key()
    {
        var folder = Directory.CreateTempSubdirectory("portal-key-");
        try
        {
            await using var app = await TestApp.StartAsync(
                ("Demo:Seed", "true"),
                ("Local:DataFolder", folder.FullName)
            );
            await AssertEntersAsync(app);
            await app.RestartAsync();
            await AssertEntersAsync(app);
            // The seed's own, and the one that the page has issued.
            Assert.Equal(2, (await KeysAsync(app)).Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task AssertEntersAsync(TestApp app)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        using var answer = await http.PostAsync(
            new Uri(app.Address, "/local/portal"),
            null,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    private static Task<List<Azure.Data.Tables.TableEntity>> KeysAsync(TestApp app) =>
        app.RowsAsync("Partners", "PartitionKey eq 'demo' and RowKey ge 'key|' and RowKey lt 'key}'");

    [Fact]
    public async Task Without_a_demo_partner_the_page_says_what_to_do()
    {
        await using var app = await TestApp.StartAsync();
        using var http = new HttpClient();
        using var answer = await http.PostAsync(
            new Uri(app.Address, "/local/portal"),
            null,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains(
            "Demo__Seed=true",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    private static async Task OpenAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Portal of the demo partner" }).ClickAsync();
        await Assertions
            .Expect(page.GetByRole(AriaRole.Complementary))
            .ToContainTextAsync("Demo", new() { Timeout = 15_000 });
        Assert.EndsWith("/portal", page.Url.Split('#')[0], StringComparison.Ordinal);
    }
}
