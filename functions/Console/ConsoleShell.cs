using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;

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
    public static IResult Show(HttpRequest http, string name, string script) => Show(http, name, script, 200);

    /// <summary>
    /// What is at none of a page's addresses: a page that says so in the reader's language and leads back; to a program
    /// the error of every unknown address.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="name">What the page is called, in every language.</param>
    public static IResult ShowUnknown(HttpRequest http, string name) =>
        http.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Show(http, name, "not-found.js", 404)
            : Answer.Error(ApiError.NotFound);

    private static IResult Show(HttpRequest http, string name, string script, int status)
    {
        var headers = http.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.CacheControl = "no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), camera=(), payment=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Results.Content(Page(name, script), "text/html; charset=utf-8", Encoding.UTF8, status);
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
