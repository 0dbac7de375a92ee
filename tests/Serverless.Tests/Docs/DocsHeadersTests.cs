using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Docs;

/// <summary>How the pages are served: what a browser may load for them, and what it may keep.</summary>
public sealed class DocsHeadersTests(TestApp app) : IClassFixture<TestApp>
{
    private readonly DocsSitePages _docs = new(app);

    [Theory]
    [InlineData("/docs")]
    [InlineData("/docs/links")]
    [InlineData("/docs/no-such-guide")]
    public async Task A_page_may_load_what_the_app_serves_and_nothing_else(string path)
    {
        var page = await _docs.GetAsync(path);
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            page.Headers["Content-Security-Policy"]
        );
        Assert.Equal("nosniff", page.Headers["X-Content-Type-Options"]);
        Assert.DoesNotMatch("<style|<script(?! type=\"module\" src=\"/docs/assets/)| style=\"| on[a-z]+=\"", page.Html);
    }

    [Fact]
    public async Task A_reference_may_make_styles_by_a_nonce_that_is_another_each_time()
    {
        var (one, other) = (await _docs.GetAsync("/docs/reference/m2m"), await _docs.GetAsync("/docs/reference/m2m"));
        var policies = new[] { one, other }
            .Select(page =>
            {
                var nonce = System.Text.RegularExpressions.Regex.Match(
                    page.Html,
                    "name=\"sc-nonce\" content=\"([^\"]{24})\""
                );
                Assert.True(nonce.Success);
                Assert.Equal("no-store", page.Headers["Cache-Control"]);
                var policy = page.Headers["Content-Security-Policy"];
                Assert.Contains(
                    $"script-src 'self'; style-src 'self' 'nonce-{nonce.Groups[1].Value}'; connect-src 'self';",
                    policy,
                    StringComparison.Ordinal
                );
                Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
                return policy;
            })
            .ToHashSet();
        Assert.Equal(2, policies.Count);
    }

    [Fact]
    public async Task Pages_are_asked_for_again_and_assets_are_kept_under_their_version()
    {
        var page = await _docs.GetAsync("/docs/links");
        Assert.Equal("no-cache", page.Headers["Cache-Control"]);
        Assert.Equal(304, (await _docs.GetAsync("/docs/links", tag: page.Headers["ETag"])).Status);
        var assets = page.Links.Where(link => link.StartsWith("/docs/assets/", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, assets.Count);
        assets.AddRange(
            (await _docs.GetAsync("/docs/reference/m2m")).Links.Where(link =>
                link.StartsWith("/docs/assets/re", StringComparison.Ordinal)
            )
        );
        Assert.Equal(4, assets.Count);
        foreach (var address in assets)
        {
            var asset = await _docs.GetAsync(address, "*/*");
            Assert.Equal((200, "public, max-age=31536000, immutable"), (asset.Status, asset.Headers["Cache-Control"]));
            var unversioned = await _docs.GetAsync(address.Split('?')[0], "*/*");
            Assert.Equal((200, "no-cache"), (unversioned.Status, unversioned.Headers["Cache-Control"]));
        }
    }

    [Fact]
    public async Task The_index_of_the_search_has_all_text_of_every_guide()
    {
        var index = JsonNode.Parse((await _docs.GetAsync("/docs/assets/search.json", "*/*")).Html)!.AsArray();
        Assert.Superset(
            DocsSitePages.Guides.Select(guide => $"/docs/{guide}").ToHashSet(),
            index.Select(section => ((string)section!["address"]!).Split('#')[0]).ToHashSet()
        );
        Assert.Contains(
            index,
            section =>
                (string)section!["address"]! == "/docs/links#one-active-link"
                && ((string)section["text"]!).Contains("ACTIVE_LINK_EXISTS", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("/docs/no-such-guide")]
    [InlineData("/docs/pictures/no-such-picture.svg")]
    [InlineData("/docs/assets/no-such-asset.js")]
    [InlineData("/docs/reference/no-such-api")]
    public async Task What_there_is_not_is_a_page_for_a_browser_and_the_envelope_for_a_program(string path)
    {
        var page = await _docs.GetAsync(path);
        Assert.Equal((404, "text/html; charset=utf-8"), (page.Status, page.Headers["Content-Type"]));
        Assert.Contains("There is no such page", page.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"/docs/quick-start\"", page.Html, StringComparison.Ordinal);
        (await app.GetAsync(path)).Is(404, "RESOURCE_NOT_FOUND");
    }
}
