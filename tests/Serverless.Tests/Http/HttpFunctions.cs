using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions;

namespace Serverless.Tests.Http;

/// <summary>A function that answers HTTP, as the host knows it.</summary>
/// <param name="Name">The host tries functions in the order of their names.</param>
/// <param name="Method">The code.</param>
/// <param name="Route">Its template.</param>
/// <param name="Methods">Its HTTP methods, in upper case.</param>
internal sealed record HttpFunction(string Name, MethodInfo Method, string Route, IReadOnlyList<string> Methods)
{
    /// <summary>All of the app.</summary>
    public static IReadOnlyList<HttpFunction> All { get; } =
    [
        .. from type in typeof(AppServices).Assembly.GetTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           from parameter in method.GetParameters()
           let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
           where trigger is not null
           select new HttpFunction(
               function.Name, method, trigger.Route!, [.. trigger.Methods!.Select(name => name.ToUpperInvariant())]),
    ];

    /// <summary>Names in the template, without their braces.</summary>
    public IEnumerable<string> RouteParameters => Segments.Where(IsParameter).Select(name => name.Trim('{', '}', '*'));

    private string[] Segments => Route.Split('/');

    /// <summary>
    /// What the first of two functions takes away from the second: requests that both would answer and that are not the
    /// first one's alone. A function that comes first may only be the more special one.
    /// </summary>
    public bool Hides(HttpFunction later) =>
        Methods.Intersect(later.Methods).Any()
        && Overlap(Segments, later.Segments)
        && (!Covers(later.Segments, Segments) || Covers(Segments, later.Segments));

    /// <summary>Every pair in which one hides the other, in the order in which the host tries them.</summary>
    public static IEnumerable<(string By, string Hidden)> FindHidden(IEnumerable<HttpFunction> functions)
    {
        var ordered = functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase).ToList();
        return from first in ordered.Index()
               from later in ordered.Skip(first.Index + 1)
               where first.Item.Hides(later)
               select (first.Item.Name, later.Name);
    }

    /// <summary>True when some path fits both templates.</summary>
    private static bool Overlap(ReadOnlySpan<string> one, ReadOnlySpan<string> other)
    {
        if (IsRest(one) || IsRest(other))
            return true;
        if (one.Length == 0 || other.Length == 0)
            return one.Length == other.Length;
        var fits = IsParameter(one[0]) || IsParameter(other[0]) || IsSame(one[0], other[0]);
        return fits && Overlap(one[1..], other[1..]);
    }

    /// <summary>True when every path of the second template fits the first.</summary>
    private static bool Covers(ReadOnlySpan<string> wide, ReadOnlySpan<string> narrow)
    {
        if (IsRest(wide))
            return true;
        if (IsRest(narrow) || wide.Length == 0 || narrow.Length == 0)
            return !IsRest(narrow) && wide.Length == narrow.Length;
        var fits = IsParameter(wide[0]) || (!IsParameter(narrow[0]) && IsSame(wide[0], narrow[0]));
        return fits && Covers(wide[1..], narrow[1..]);
    }

    private static bool IsRest(ReadOnlySpan<string> segments) =>
        segments is [var last] && last.StartsWith("{*", StringComparison.Ordinal);

    private static bool IsParameter(string segment) => segment.StartsWith('{');

    private static bool IsSame(string one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
