using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.OpenApi;

namespace Serverless.Functions.Docs;

/// <summary>
/// <c>GET /docs/reference/{document}</c>: an API's document as a page to read. The browser reads the document from
/// <c>/openapi</c>.
/// </summary>
internal sealed class DocsReference(DocsLayout layout)
{
    [Function(nameof(DocsReference))]
    public IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/reference/{document}")]
            HttpRequest http,
        string document
    )
    {
        if (ApiDescription.All.FirstOrDefault(api => api.Name == document) is not { } api)
            return DocsPages.NotFound(http, layout);
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var headers = http.HttpContext.Response.Headers;
        DocsPages.Protect(headers, ContentSecurityPolicy(nonce));
        headers.CacheControl = "no-store";
        return Results.Content(Page(api, nonce), "text/html; charset=utf-8", Encoding.UTF8);
    }

    /// <summary>
    /// The script makes its style as it goes, in an element that it gives the page's nonce; and it has one small font
    /// of icons within itself.
    /// </summary>
    private static string ContentSecurityPolicy(string nonce) =>
        "default-src 'none'; script-src 'self'; "
        + $"style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; font-src 'self' data:; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private string Page(ApiDescription api, string nonce)
    {
        var script = $"/docs/assets/{ReferenceScript.File}?v={ReferenceScript.Version}";
        var document = $"/openapi/{api.Name}.json";
        return layout.Document(
            api.Title,
            DocsLayout.AddressOf(api),
            kind: "reference",
            $"""
            <meta name="sc-nonce" content="{nonce}"><link rel="modulepreload" href="{script}">
            <script type="module" src="/docs/assets/reference.js?v={DocsAssets.Version}"></script>
            """,
            $"""
            <div id="content"><div id="reference" data-script="{script}" data-document="{document}">
            <main class="content"><h1>{DocsLayout.Html(
                api.Title
            )}</h1><p>The reference is on its way. It needs JavaScript; the same as a file is <a href="{document}">{document}</a>.</p></main>
            </div></div>
            """,
            heading: $"<h1 class=\"unseen\">{DocsLayout.Html(api.Title)}</h1>"
        );
    }
}
