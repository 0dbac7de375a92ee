using System.Text.Json;
using Microsoft.AspNetCore.Routing.Constraints;
using Microsoft.AspNetCore.Routing.Patterns;
using Serverless.Local.Hosting;
using Serverless.Local.Worker;

namespace Serverless.Local.Triggers;

/// <summary>Template, methods and level of access of a function with an HTTP trigger.</summary>
internal sealed record HttpRoute(LoadedFunction Function, string Template, IReadOnlyList<string> Methods, bool NeedsKey)
{
    /// <summary>What Azure's host gives the route: the methods, where the trigger names some.</summary>
    public IDictionary<string, object> Constraints =>
        Methods.Count == 0 ? new Dictionary<string, object>() : new Dictionary<string, object> { ["httpMethod"] = new HttpMethodRouteConstraint([.. Methods]) };

    /// <exception cref="StartupException">The template is malformed.</exception>
    public static HttpRoute Of(LoadedFunction function, string prefix)
    {
        var template = $"{prefix.Trim('/')}/{(function.Text("route") ?? function.Name).TrimStart('/')}".Trim('/');
        try
        {
            RoutePatternFactory.Parse(template);
        }
        catch (RoutePatternException ex)
        {
            throw new StartupException($"Function '{function.Name}' ({function.EntryPoint}) has the route '{template}', which is no route template: {ex.Message}", ex);
        }
        var methods = function.Trigger.TryGetProperty("methods", out var listed) && listed.ValueKind == JsonValueKind.Array
            ? listed.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()).ToList()
            : [];
        return new HttpRoute(function, template, methods, !string.Equals(function.Text("authLevel"), "anonymous", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Refuses a function that another one, whose name comes first, hides from some of its requests.</summary>
    /// <param name="routes">In the order in which they are tried.</param>
    public static void CheckAllReachable(IReadOnlyList<HttpRoute> routes)
    {
        for (var late = 1; late < routes.Count; late++)
            for (var early = 0; early < late; early++)
                if (routes[early].Hides(routes[late]))
                    throw new StartupException(
                        $"Function '{routes[early].Function.Name}' ({routes[early].Template}) takes requests for '{routes[late].Function.Name}' "
                        + $"({routes[late].Template}), because routes are tried in the order of the functions' names. Give one of them another name or template.");
    }

    /// <summary>
    /// Whether this route, tried first, takes requests that another one is made for. A more general one may come later: it gets what is left. So
    /// this one hides the other only if, segment by segment, it takes everything that the other takes.
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
            if (!generalEnds && Part(general, i) is RoutePatternParameterPart { IsCatchAll: true, ParameterPolicies.Count: 0 })
                return true;
            if (generalEnds || specificEnds)
                return generalEnds && specificEnds;
            if (!Covers(Part(general, i), Part(specific, i)))
                return false;
        }
    }

    private static bool Covers(RoutePatternPart? general, RoutePatternPart? specific) => (general, specific) switch
    {
        (RoutePatternParameterPart { ParameterPolicies.Count: 0 }, not null) => specific is not RoutePatternParameterPart { IsCatchAll: true },
        (RoutePatternParameterPart one, RoutePatternParameterPart other) =>
            !other.IsCatchAll && Policies(one).SequenceEqual(Policies(other)),
        // A literal that the constraint lets through would be hidden as well; whoever writes such a template finds out by the test of all routes.
        (RoutePatternLiteralPart one, RoutePatternLiteralPart other) => string.Equals(one.Content, other.Content, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static IEnumerable<string?> Policies(RoutePatternParameterPart part) => part.ParameterPolicies.Select(policy => policy.Content);

    private static RoutePatternPart? Part(RoutePattern pattern, int segment) =>
        pattern.PathSegments[segment] is { IsSimple: true } simple ? simple.Parts[0] : null;
}
