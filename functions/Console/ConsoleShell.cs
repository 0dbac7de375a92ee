using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Console;

/// <summary>
/// The document of a page that is drawn by its script: a title, the script and the style. It is the same for everybody
/// and holds nothing of anybody.
/// </summary>
internal static class ConsoleShell
{
    /// <summary>Nothing from other origins, nothing inline, no frame around it, no form that goes anywhere.</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>The page as an answer.</summary>
    /// <param name="http">The request.</param>
    /// <param name="name">What the page is called, in every language.</param>
    /// <param name="script">The module that draws it.</param>
    public static IResult Show(HttpRequest http, string name, string script)
    {
        var headers = http.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), camera=(), payment=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Results.Content(Page(name, script), "text/html; charset=utf-8", Encoding.UTF8);
    }

    private static string Page(string name, string script) =>
        $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">
            <title>{Html(name)}</title>
            <link rel="icon" href="data:,"><link rel="stylesheet" href="{ConsoleAssets.AddressOf("console.css")}">
            <script type="module" src="{ConsoleAssets.AddressOf(script)}"></script>
            </head>
            <body data-name="{Html(name)}">
            <noscript><p class="noscript">This page needs JavaScript. · Esta página necesita JavaScript.</p></noscript>
            </body>
            </html>
            """;

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
