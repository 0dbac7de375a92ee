using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions;
using Serverless.Local.Triggers;
using Serverless.Local.Worker;

namespace Serverless.Tests.Http;

/// <summary>A function that answers HTTP, as the host knows it.</summary>
/// <param name="Name">The host tries functions in the order of their names.</param>
/// <param name="Method">The code.</param>
/// <param name="Route">Its template.</param>
/// <param name="Methods">Its HTTP methods, in upper case.</param>
internal sealed record HostedFunction(string Name, MethodInfo Method, string Route, IReadOnlyList<string> Methods)
{
    /// <summary>All of the app.</summary>
    public static IReadOnlyList<HostedFunction> All { get; } =
    [
        .. from type in typeof(AppServices).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
        where trigger is not null
        select new HostedFunction(
            function.Name,
            method,
            trigger.Route!,
            [.. trigger.Methods!.Select(name => name.ToUpperInvariant())]
        ),
    ];

    /// <summary>Names in the template, without their braces.</summary>
    public IEnumerable<string> RouteParameters =>
        Route.Split('/').Where(segment => segment.StartsWith('{')).Select(name => name.Trim('{', '}', '*'));

    /// <summary>
    /// Every function that another one hides from the host, which tries them in the order of their names.
    /// </summary>
    public static IEnumerable<(string By, string Hidden)> FindHidden(IEnumerable<HostedFunction> functions) =>
        HttpRoute
            .FindHidden([
                .. functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase).Select(AsLoaded),
            ])
            .Select(pair => (pair.By.Function.Name, pair.Hidden.Function.Name))
            .Order();

    private static HttpRoute AsLoaded(HostedFunction function) =>
        new(
            new LoadedFunction(function.Name, function.Name, function.Method.Name, default, [], null),
            function.Route,
            function.Methods,
            NeedsKey: false
        );
}
