using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Http;

/// <summary>The API of a function: who may call it and in which envelope it answers.</summary>
internal enum Api
{
    /// <summary>Callers that the app does not authenticate: the widget, health probes, readers of documents.</summary>
    Open,

    /// <summary>Operators, whom the host authenticates, in the envelope of the M2M API.</summary>
    Operator,

    /// <summary>Partners with an API key, in the envelope of the M2M API.</summary>
    Partner,

    /// <summary>Partners that sign their requests, in the envelope of the identity API.</summary>
    Identities,

    /// <summary>
    /// Partners with an API key, in the envelope of the identity API: <c>/{partnerRef}/v2/kyc/sessions</c>.
    /// </summary>
    KycSessions,
}

/// <summary>
/// The API that a function belongs to, by its route template. The request's path is not safe for this: the host also
/// routes other spellings of it (case, a trailing slash, escapes), which could bypass a gate that checks the path.
/// </summary>
internal static class FunctionApis
{
    /// <summary>Every function that answers HTTP requests, but those for unknown routes.</summary>
    public static IReadOnlyList<HttpFunction> All { get; } =
    [
        .. from type in typeof(FunctionApis).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
        where trigger is not null && !IsRest(trigger.Route)
        select new HttpFunction(
            function.Name,
            trigger.Route!,
            new TemplateMatcher(TemplateParser.Parse(trigger.Route!), []),
            [.. trigger.Methods!.Select(name => name.ToUpperInvariant())],
            ApiOf(trigger.Route!),
            method
        ),
    ];

    private static readonly Dictionary<string, Api> ByName = All.ToDictionary(
        function => function.Name,
        function => function.Api
    );

    /// <summary>What operators do: their functions that are written into the audit.</summary>
    public static IReadOnlyDictionary<string, HttpFunction> Acts { get; } =
        All.Where(function => function.IsAct).ToDictionary(function => function.Name);

    /// <summary>Stores with the request the API of the function that the host chose.</summary>
    public static Api Keep(HttpContext http, FunctionDefinition function)
    {
        // The catch-all function serves only errors and belongs to no API, so there the path may decide.
        var api = ByName.TryGetValue(function.Name, out var known) ? known : OfUnknown(http.Request.Path);
        http.Items[typeof(Api)] = api;
        return api;
    }

    /// <summary>True for a request that is answered in the envelope of the identity API.</summary>
    public static bool IsForIdentities(this HttpRequest request) =>
        request.HttpContext.Items[typeof(Api)] is Api.Identities or Api.KycSessions;

    /// <summary>True for a request whose answer has a place for warnings in its data.</summary>
    public static bool HasWarnings(HttpContext http) => http.Items[typeof(Api)] is Api.Partner or Api.Operator;

    /// <summary>True for a function of a documented API that has no query parameters.</summary>
    public static bool TakesNoQuery(FunctionDefinition function) =>
        ByName.TryGetValue(function.Name, out var api)
        && api != Api.Open
        && AttributeOf<TakesAttribute>(function) is null;

    /// <summary>The function, if it is an operator's act; else null.</summary>
    public static HttpFunction? ActOf(FunctionDefinition function) => Acts.GetValueOrDefault(function.Name);

    /// <summary>The error in the envelope of the API that was called.</summary>
    public static IResult Refusal(HttpRequest request, ApiError error) =>
        request.IsForIdentities() ? IdentityAnswer.Error(IdentityError.From(error)) : Answer.Error(error);

    /// <summary>An attribute of a function's method; null where it has none of this type.</summary>
    public static T? AttributeOf<T>(FunctionDefinition function)
        where T : Attribute => Attributes<T>.ByName.GetValueOrDefault(function.Name);

    /// <summary>The HTTP methods that functions accept at this path.</summary>
    public static IReadOnlyList<string> MethodsAt(PathString path) =>
        [.. At(path).SelectMany(function => function.Methods).Distinct().Order()];

    private static Api OfUnknown(PathString path)
    {
        if (At(path).FirstOrDefault() is { } known)
            return known.Api;
        if (path.StartsWithSegments("/eapi"))
            return Api.Identities;
        if (path.StartsWithSegments("/operator"))
            return Api.Operator;
        return path.StartsWithSegments("/partner") ? Api.Partner : Api.Open;
    }

    private static IEnumerable<HttpFunction> At(PathString path) =>
        All.Where(function => function.Matcher.TryMatch(path, []));

    /// <exception cref="InvalidOperationException">
    /// The template belongs to no known API, so its callers are undefined.
    /// </exception>
    private static Api ApiOf(string route) =>
        route.Split('/')[0] switch
        {
            "partner" => Api.Partner,
            "eapi" => Api.Identities,
            "{partnerRef}" => Api.KycSessions,
            "operator" => Api.Operator,
            "widget" or "health" or "openapi" or "docs" or "console" or "portal" or "desk" => Api.Open,
            var other => throw new InvalidOperationException(
                $"It is not defined who may call functions under '{other}'."
            ),
        };

    private static bool IsRest(string? route) => route?.Contains("{*", StringComparison.Ordinal) != false;

    /// <summary>Read once, because every request needs it.</summary>
    private static class Attributes<T>
        where T : Attribute
    {
        public static readonly Dictionary<string, T?> ByName = All.ToDictionary(
            function => function.Name,
            function => function.Method.GetCustomAttribute<T>()
        );
    }
}

/// <summary>A function that answers HTTP requests.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Route">Its route template.</param>
/// <param name="Matcher">Matches paths against it.</param>
/// <param name="Methods">The HTTP methods that it takes, in upper case.</param>
/// <param name="Api">The API that it belongs to.</param>
/// <param name="Method">The method that runs.</param>
internal sealed record HttpFunction(
    string Name,
    string Route,
    TemplateMatcher Matcher,
    IReadOnlyList<string> Methods,
    Api Api,
    MethodInfo Method
)
{
    /// <summary>Its name in the API's document.</summary>
    public string OperationId => JsonNamingPolicy.CamelCase.ConvertName(Name);

    /// <summary>True where an operator changes something by it, or sees what nobody may see unnoticed.</summary>
    public bool IsAct =>
        Api == Api.Operator
        && (Methods.Except(["GET", "HEAD"]).Any() || Method.IsDefined(typeof(AuditedAttribute), inherit: false));
}
