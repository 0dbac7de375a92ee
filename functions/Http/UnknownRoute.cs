using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Http;

/// <summary>Whatever no other function takes: 405 with <c>Allow</c> where the path is known, else 404, both in the envelope of the API that the path belongs to.</summary>
internal sealed class UnknownRoute
{
    // The host tries functions in the order of their names, so that this one has to come last.
    [Function("ZUnknownRoute")]
    public static IResult Run(
        [HttpTrigger(
            AuthorizationLevel.Anonymous,
            "get", "head", "post", "put", "patch", "delete", "options",
            Route = "{*path}")]
        HttpRequest http,
        string? path)
    {
        var allowed = FunctionApis.MethodsAt("/" + path);
        if (allowed.Count == 0 || allowed.Contains(http.Method))
            return http.IsForIdentities() ? IdentityAnswer.Error(IdentityError.NotFound) : Answer.Error(ApiError.NotFound);
        http.HttpContext.Response.Headers.Allow = string.Join(", ", allowed);
        return http.IsForIdentities() ? IdentityAnswer.Error(IdentityError.MethodNotAllowed) : Answer.Error(ApiError.MethodNotAllowed);
    }
}
