using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Widget;

/// <summary>
/// Whatever no other function takes: 405 with <c>Allow</c> where the path is known, else 404, both in the envelope of
/// the API that the path belongs to. A person who came here with a browser, by half an address or a wrong one, gets a
/// page.
/// </summary>
internal sealed class UnknownRoute
{
    private static readonly string[] Apis = ["/partner", "/eapi", "/operator", "/health", "/widget/links"];

    // The host tries functions in the order of their names, so that this one has to come last.
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
            return WidgetShell.NotFound(http);
        if (allowed.Count == 0 || allowed.Contains(http.Method))
            return http.IsForIdentities()
                ? IdentityAnswer.Error(IdentityError.NotFound)
                : Answer.Error(ApiError.NotFound);
        http.HttpContext.Response.Headers.Allow = string.Join(", ", allowed);
        return http.IsForIdentities()
            ? IdentityAnswer.Error(IdentityError.MethodNotAllowed)
            : Answer.Error(ApiError.MethodNotAllowed);
    }

    /// <summary>
    /// What belongs to no API, when a browser goes there; the site's root and what stands beside the links' pages,
    /// whoever does.
    /// </summary>
    private static bool IsForPeople(HttpRequest http)
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
