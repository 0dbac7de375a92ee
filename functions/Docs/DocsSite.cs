using System.Text.Json;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;

namespace Serverless.Functions.Docs;

/// <summary>The pages, their pictures and the index of the search, made once, when the first of them is asked for.
/// </summary>
internal sealed class DocsSite(Guides guides, DocsLayout layout)
{
    private readonly Lazy<Dictionary<string, StaticFile>> _pages = new(() => MakePages(guides, layout));
    private readonly Lazy<StaticFile> _searchIndex = new(() => MakeSearchIndex(guides));

    /// <summary>The guides by their names, and the overview by an empty one.</summary>
    public IReadOnlyDictionary<string, StaticFile> Pages => _pages.Value;

    /// <summary>The pictures by the names of their files.</summary>
    public IReadOnlyDictionary<string, StaticFile> Pictures { get; } =
        Guides.Pictures.ToDictionary(picture => picture.Key, picture => new StaticFile(picture.Key, picture.Value));

    /// <summary>The text of all guides, by sections.</summary>
    public StaticFile SearchIndex => _searchIndex.Value;

    private static Dictionary<string, StaticFile> MakePages(Guides guides, DocsLayout layout)
    {
        var pages = new Dictionary<string, StaticFile>
        {
            [""] = new("overview.html", layout.Page("Guides and references", "/docs", Overview(guides))),
        };
        for (var number = 0; number < guides.All.Count; number++)
        {
            var guide = guides.All[number];
            var turns = Turns(guides.All.ElementAtOrDefault(number - 1), guides.All.ElementAtOrDefault(number + 1));
            pages[guide.Name] = new StaticFile(
                "guide.html",
                layout.Page(
                    guide.Title,
                    guide.Address,
                    Headings(guide, "details") + guide.Html + turns,
                    Headings(guide, "nav")
                )
            );
        }
        return pages;
    }

    private static string Overview(Guides guides) =>
        $"""
            <h1>Bring your users to a transfer</h1>
            <p class="lead">Create a link for a person, or an identity; we verify them and pay out, and tell your server by webhook. Begin with the <a href="/docs/quick-start">quick start</a>: five minutes to a finished transfer in the sandbox.</p>
            {string.Concat(
                DocsContents.Groups.Select(group_ =>
                    $"<h2>{DocsLayout.Html(group_.Title)}</h2><ul class=\"cards\">{string.Concat(group_.Guides.Select(name => Card(guides.Find(name)!)))}</ul>"
                )
            )}
            <h2>References</h2>
            <ul class="cards">{string.Concat(ApiDescription.All.Select(Card))}</ul>
            """;

    private static string Card(Guide guide) =>
        $"<li><a href=\"{guide.Address}\">{DocsLayout.Html(guide.Title)}</a><p>{guide.Question}</p></li>";

    private static string Card(ApiDescription api) =>
        $"<li><a href=\"{DocsLayout.AddressOf(api)}\">{DocsLayout.Html(api.Title)}</a><p>Every route, field and "
        + $"error. As <a href=\"/openapi/{api.Name}.json\">OpenAPI 3.1</a>.</p></li>";

    /// <summary>The page's own headings: a column beside the text, or a list that unfolds above it.</summary>
    private static string Headings(Guide guide, string element)
    {
        var list = string.Concat(
            guide.Headings.Select(heading =>
                $"<li class=\"level{heading.Level}\"><a href=\"#{heading.Id}\">{heading.Html}</a></li>"
            )
        );
        return element == "nav"
            ? $"<nav class=\"here\" aria-label=\"On this page\"><p>On this page</p><ul>{list}</ul></nav>"
            : $"<details class=\"here\"><summary>On this page</summary><ul>{list}</ul></details>";
    }

    private static string Turns(Guide? before, Guide? after) =>
        "<nav class=\"turns\" aria-label=\"Other guides\">"
        + (
            before is null
                ? ""
                : $"<a rel=\"prev\" href=\"{before.Address}\"><small>Previous</small>{DocsLayout.Html(before.Title)}</a>"
        )
        + (
            after is null
                ? ""
                : $"<a rel=\"next\" href=\"{after.Address}\"><small>Next</small>{DocsLayout.Html(after.Title)}</a>"
        )
        + "</nav>";

    private static StaticFile MakeSearchIndex(Guides guides) =>
        new(
            DocsAssets.SearchIndex,
            JsonSerializer.Serialize(guides.All.SelectMany(guide => guide.Sections), Answer.Json)
        );
}
