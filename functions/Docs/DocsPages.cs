using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Widget;

namespace Serverless.Functions.Docs;

/// <summary>
/// <c>GET /docs</c>, <c>/docs/{guide}</c> and <c>/docs/pictures/{file}</c>: the guides for partners. They are the same
/// for everyone, and made once.
/// </summary>
internal sealed class DocsPages(DocsSite site, DocsLayout layout)
{
    /// <summary>Nothing from other origins, nothing inline.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    [Function(nameof(DocsOverview))]
    public IResult DocsOverview(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequest http
    ) => Show(http, "");

    [Function(nameof(DocsGuide))]
    public IResult DocsGuide(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/{guide}")] HttpRequest http,
        string guide
    ) => Show(http, guide);

    [Function(nameof(DocsPicture))]
    public IResult DocsPicture(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/pictures/{file}")] HttpRequest http,
        string file
    )
    {
        if (!site.Pictures.TryGetValue(file, out var picture))
            return NotFound(http, layout);
        // A picture has its style in itself; shown by itself, it is a document with this policy.
        http.HttpContext.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        return picture.Answer(http, mayBeKept: false);
    }

    /// <summary>A page for a person, who probably followed an old link; the envelope for a program.</summary>
    public static IResult NotFound(HttpRequest http, DocsLayout layout)
    {
        if (!UnknownRoute.IsForPeople(http))
            return Answer.Error(ApiError.NotFound);
        Protect(http.HttpContext.Response.Headers, ContentSecurityPolicy);
        var page = layout.Page(
            "There is no such page",
            "",
            "<h1>There is no such page</h1><p class=\"lead\">The contents are in the menu; the search knows every "
                + "word of the guides.</p>"
        );
        return Results.Content(page, "text/html; charset=utf-8", null, StatusCodes.Status404NotFound);
    }

    public static void Protect(IHeaderDictionary headers, string contentSecurityPolicy)
    {
        headers.ContentSecurityPolicy = contentSecurityPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), camera=(), payment=()";
        headers.XContentTypeOptions = "nosniff";
    }

    private IResult Show(HttpRequest http, string name)
    {
        if (!site.Pages.TryGetValue(name, out var page))
            return NotFound(http, layout);
        Protect(http.HttpContext.Response.Headers, ContentSecurityPolicy);
        return page.Answer(http, mayBeKept: false);
    }
}
