using System.Net;
using Serverless.Functions.OpenApi;

namespace Serverless.Functions.Docs;

/// <summary>What is around the text of every page: the name, the search, the table of contents.</summary>
internal sealed class DocsLayout(Guides guides)
{
    /// <summary>A page as HTML.</summary>
    /// <param name="title">Of the tab.</param>
    /// <param name="address">Its own, so that the contents can mark it.</param>
    /// <param name="content">Within <c>main</c>.</param>
    /// <param name="beside">Beside it, or above it where there is no room.</param>
    public string Page(string title, string address, string content, string beside = "") =>
        Document(
            title,
            address,
            kind: "guide",
            head: "",
            $"""
            <div class="columns">
            <nav class="side" aria-label="Guides">{Contents(address)}</nav>
            <main id="content" class="content">{content}</main>
            {beside}
            </div>
            """
        );

    /// <summary>The whole document.</summary>
    /// <param name="title">Of the tab.</param>
    /// <param name="address">Its own, so that the contents can mark it.</param>
    /// <param name="kind">The class of the body.</param>
    /// <param name="head">What the page needs beyond the others.</param>
    /// <param name="body">Below the header.</param>
    /// <param name="heading">Within the header, where the body has not always one of the first level.</param>
    public string Document(string title, string address, string kind, string head, string body, string heading = "")
    {
        var version = DocsAssets.Version;
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
            <title>{Html(title)} · Me2Me docs</title>
            <link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/assets/docs.css?v={version}">
            <script type="module" src="/docs/assets/docs.js?v={version}"></script>{head}
            </head>
            <body class="{kind}">
            <a class="skip" href="#content">Skip to the text</a>
            <header class="top">
            <a class="name" href="/docs">Me2Me <span>docs</span></a>{heading}
            <div class="search" role="search" data-index="/docs/assets/{DocsAssets.SearchIndex}" hidden>
            <input type="search" aria-label="Search the guides" placeholder="Search the guides" autocomplete="off" spellcheck="false" maxlength="80" aria-keyshortcuts="/"><kbd aria-hidden="true">/</kbd>
            <div class="found" hidden><p role="status" aria-live="polite"></p><ol></ol></div>
            </div>
            <nav class="references" aria-label="References">{References(address)}</nav>
            <details class="menu"><summary>Menu</summary><nav aria-label="Menu">{Contents(address)}</nav></details>
            </header>
            {body}
            </body>
            </html>
            """;
    }

    /// <summary>The address of the reference of an API.</summary>
    public static string AddressOf(ApiDescription api) => $"/docs/reference/{api.Name}";

    public static string Html(string text) => WebUtility.HtmlEncode(text);

    private string Contents(string address) =>
        string.Concat(
            DocsContents.Groups.Select(group_ =>
                $"<p>{Html(group_.Title)}</p><ul>{string.Concat(group_.Guides.Select(name => Item(guides.Find(name)!, address)))}</ul>"
            )
        )
        + $"<p>References</p><ul>{string.Concat(ApiDescription.All.Select(api => $"<li>{Link(AddressOf(api), Html(api.Title), address)}</li>"))}</ul>";

    private static string Item(Guide guide, string address) =>
        $"<li>{Link(guide.Address, Html(guide.Title), address)}</li>";

    private static string References(string address) =>
        string.Concat(ApiDescription.All.Select(api => Link(AddressOf(api), Html(api.Title), address)));

    private static string Link(string target, string html, string address) =>
        $"<a href=\"{target}\"{(target == address ? " aria-current=\"page\"" : "")}>{html}</a>";
}
