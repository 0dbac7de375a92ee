using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Widget;

/// <summary>
/// Handles every request without a route of its own: 405 with <c>Allow</c> if the path is known, else 404, in the
/// error format of the path's API. A browser gets a page, because a person probably followed an incomplete or wrong
/// URL.
/// </summary>
internal sealed class UnknownRoute
{
    private static readonly string[] Apis = ["/partner", "/eapi", "/operator", "/health", "/widget/links"];

    // The host matches functions in the order of their names, so this one must come last.
    [Function("ZUnknownRoute")]
    public static IResult Run(
        [HttpTrigger(
            AuthorizationLevel.Anonymous,
            "get",
            "head",
            "post",
            "put",
            "patch",
            "delete",
            "options",
            Route = "{*path}"
        )]
            HttpRequest http,
        string? path
    )
    {
        var allowed = FunctionApis.MethodsAt("/" + path);
        if (allowed.Count == 0 && IsForPeople(http))
            return WidgetShell.Show(http, PageAt(http.Path), partner: null);
        if (allowed.Count == 0 || allowed.Contains(http.Method))
            return http.IsForIdentities()
                ? IdentityAnswer.Error(IdentityError.NotFound)
                : Answer.Error(ApiError.NotFound);
        http.HttpContext.Response.Headers.Allow = string.Join(", ", allowed);
        return http.IsForIdentities()
            ? IdentityAnswer.Error(IdentityError.MethodNotAllowed)
            : Answer.Error(ApiError.MethodNotAllowed);
    }

    private static DeadPage PageAt(PathString path) =>
        path.Value!.Trim('/') switch
        {
            "" => DeadPage.Root,
            "widget" => DeadPage.CutShort,
            _ => DeadPage.Unknown,
        };

    /// <summary>
    /// True if the answer is a page: for browsers on paths outside the APIs, and for everyone at the site's root and
    /// near the links' pages.
    /// </summary>
    public static bool IsForPeople(HttpRequest http)
    {
        if (!HttpMethods.IsGet(http.Method) && !HttpMethods.IsHead(http.Method))
            return false;
        if (http.IsForIdentities() || Apis.Any(api => http.Path.StartsWithSegments(api)))
            return false;
        return http.Path == "/"
            || http.Path.StartsWithSegments("/widget")
            || http.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }
}
