using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Local.Hosting;
using Serverless.Local.Worker;

namespace Serverless.Local.Triggers;

/// <summary>Template, methods and level of access of a function with an HTTP trigger.</summary>
internal sealed record HttpRoute(LoadedFunction Function, string Template, IReadOnlyList<string> Methods, bool NeedsKey)
{
    private static readonly DefaultInlineConstraintResolver Resolver = new(
        Options.Create(new RouteOptions()),
        new ServiceCollection().BuildServiceProvider()
    );

    /// <summary>What Azure's host gives the route: the methods, where the trigger names some.</summary>
    public IDictionary<string, object> MethodConstraint =>
        Methods.Count == 0
            ? new Dictionary<string, object>()
            : new Dictionary<string, object> { ["httpMethod"] = new HttpMethodRouteConstraint([.. Methods]) };

    /// <exception cref="StartupException">The template is malformed.</exception>
    public static HttpRoute Of(LoadedFunction function, string prefix)
    {
        var template = $"{prefix.Trim('/')}/{(function.Text("route") ?? function.Name).TrimStart('/')}".Trim('/');
        try
        {
            foreach (var parameter in RoutePatternFactory.Parse(template).Parameters)
                _ = Constraints(parameter).ToList();
        }
        catch (Exception ex) when (ex is RoutePatternException or RouteCreationException or InvalidOperationException)
        {
            throw new StartupException(
                $"Function '{function.Name}' ({function.EntryPoint}) has the route '{template}', which is no "
                    + $"route template: {ex.Message}",
                ex
            );
        }
        var methods =
            function.Trigger.TryGetProperty("methods", out var listed) && listed.ValueKind == JsonValueKind.Array
                ? listed.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()).ToList()
                : [];
        return new HttpRoute(
            function,
            template,
            methods,
            !string.Equals(function.Text("authLevel"), "anonymous", StringComparison.OrdinalIgnoreCase)
        );
    }

    /// <summary>Refuses a function that another one, whose name comes first, hides from some of its requests.</summary>
    /// <param name="routes">In the order in which they are tried.</param>
    public static void CheckAllReachable(IReadOnlyList<HttpRoute> routes)
    {
        foreach (var (early, late) in FindHidden(routes))
            throw new StartupException(
                $"Function '{early.Function.Name}' ({early.Template}) takes requests for '{late.Function.Name}' "
                    + $"({late.Template}), "
                    + "because routes are tried in the order of the functions' names. Give one of them another name "
                    + "or template."
            );
    }

    /// <summary>Every function that another one hides, with the one that does.</summary>
    /// <param name="routes">In the order in which they are tried.</param>
    internal static IEnumerable<(HttpRoute By, HttpRoute Hidden)> FindHidden(IReadOnlyList<HttpRoute> routes) =>
        from late in Enumerable.Range(0, routes.Count)
        from early in Enumerable.Range(0, late)
        where routes[early].Hides(routes[late])
        select (routes[early], routes[late]);

    /// <summary>
    /// Whether this route, tried first, takes requests that another one is made for. A more general one may come later:
    /// it gets what is left. So this one hides the other only if, segment by segment, it takes everything that the
    /// other takes.
    /// </summary>
    internal bool Hides(HttpRoute other)
    {
        var shared = Methods.Count == 0 || other.Methods.Count == 0 || Methods.Intersect(other.Methods).Any();
        return shared && Covers(RoutePatternFactory.Parse(Template), RoutePatternFactory.Parse(other.Template));
    }

    private static bool Covers(RoutePattern general, RoutePattern specific)
    {
        for (var i = 0; ; i++)
        {
            var generalEnds = i >= general.PathSegments.Count;
            var specificEnds = i >= specific.PathSegments.Count;
            if (generalEnds)
                return specificEnds;
            if (Parameter(general.PathSegments[i]) is { IsCatchAll: true, ParameterPolicies.Count: 0 })
                return true;
            if (specificEnds)
                return general
                    .PathSegments.Skip(i)
                    .All(segment => Parameter(segment) is { } parameter && CanBeMissing(parameter));
            if (!Covers(general.PathSegments[i], specific.PathSegments[i]))
                return false;
        }
    }

    private static bool Covers(RoutePatternPathSegment general, RoutePatternPathSegment specific)
    {
        // What consists of several parts, such as {name}.{extension}, is never empty.
        if (!specific.IsSimple && Parameter(general) is { ParameterPolicies.Count: 0 })
            return true;
        return general.Parts.Count == specific.Parts.Count
            && general.Parts.Zip(specific.Parts, Covers).All(covers => covers);
    }

    private static bool Covers(RoutePatternPart general, RoutePatternPart specific) =>
        (general, specific) switch
        {
            (RoutePatternParameterPart one, RoutePatternParameterPart other) => !other.IsCatchAll
                && (CanBeMissing(one) || !CanBeMissing(other))
                && Policies(one).All(Policies(other).Contains),
            (RoutePatternParameterPart one, RoutePatternLiteralPart other) => Takes(one, other.Content),
            (RoutePatternLiteralPart one, RoutePatternLiteralPart other) => string.Equals(
                one.Content,
                other.Content,
                StringComparison.OrdinalIgnoreCase
            ),
            (RoutePatternSeparatorPart one, RoutePatternSeparatorPart other) => one.Content == other.Content,
            _ => false,
        };

    private static bool Takes(RoutePatternParameterPart parameter, string value)
    {
        var values = new RouteValueDictionary { [parameter.Name] = value };
        return Constraints(parameter)
            .All(constraint => constraint.Match(null, null, parameter.Name, values, RouteDirection.IncomingRequest));
    }

    private static bool CanBeMissing(RoutePatternParameterPart parameter) =>
        parameter.IsOptional || parameter.Default is not null;

    private static IEnumerable<string?> Policies(RoutePatternParameterPart part) =>
        part.ParameterPolicies.Select(policy => policy.Content);

    private static IEnumerable<IRouteConstraint> Constraints(RoutePatternParameterPart parameter) =>
        parameter.ParameterPolicies.Select(policy =>
            Resolver.ResolveConstraint(policy.Content!)
            ?? throw new InvalidOperationException($"there is no constraint '{policy.Content}'")
        );

    private static RoutePatternParameterPart? Parameter(RoutePatternPathSegment segment) =>
        segment.IsSimple ? segment.Parts[0] as RoutePatternParameterPart : null;
}
