using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Http;

/// <summary>Whatever no other function takes: 405 with <c>Allow</c> where the path is known, else 404, both in the envelope of the API that the path belongs to.</summary>
internal sealed class UnknownRoute
{
    private static readonly IReadOnlyList<(TemplateMatcher Matcher, string[] Methods)> Routes =
    [
        .. from type in typeof(UnknownRoute).Assembly.GetTypes()
           where type != typeof(UnknownRoute)
           from method in type.GetMethods()
           where method.IsDefined(typeof(FunctionAttribute))
           from parameter in method.GetParameters()
           let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
           where trigger is { Route: not null, Methods: not null }
           select (new TemplateMatcher(TemplateParser.Parse(trigger.Route!), []), trigger.Methods!.Select(name => name.ToUpperInvariant()).ToArray()),
    ];

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
        var allowed = Routes.Where(route => route.Matcher.TryMatch("/" + path, [])).SelectMany(route => route.Methods).Distinct().Order().ToList();
        if (allowed.Count == 0 || allowed.Contains(http.Method))
            return http.IsForIdentities() ? IdentityAnswer.Error(IdentityError.NotFound) : Answer.Error(ApiError.NotFound);
        http.HttpContext.Response.Headers.Allow = string.Join(", ", allowed);
        return http.IsForIdentities() ? IdentityAnswer.Error(IdentityError.MethodNotAllowed) : Answer.Error(ApiError.MethodNotAllowed);
    }
}
