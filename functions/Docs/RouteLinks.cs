using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;

namespace Serverless.Functions.Docs;

/// <summary>
/// Where the reference has a route. A guide writes <c>[`GET /partner/me`](/docs/reference/m2m)</c>; the reader gets a
/// link to that operation.
/// </summary>
internal static partial class RouteLinks
{
    private static readonly Lazy<Dictionary<(string Api, string Route), string>> Operations = new(() =>
        (
            from api in ApiDescription.All
            from function in FunctionApis.All.Where(api.Has)
            from method in function.Methods
            let tag = ApiDocument.TagOf(function).Name.Replace(' ', '-')
            let place = $"/{tag}/{function.OperationId}".ToLowerInvariant()
            select (Key: (api.Name, $"{method} /{function.Route}"), Address: $"{DocsLayout.AddressOf(api)}#{place}")
        ).ToDictionary(known => known.Key, known => known.Address)
    );

    /// <summary>The address of a route in a reference; null where the link leads to no reference.</summary>
    /// <param name="url">Where the link leads.</param>
    /// <param name="text">What it says: a method and a path, perhaps with a query.</param>
    /// <exception cref="InvalidOperationException">The reference has no such route.</exception>
    public static string? Find(string url, string text)
    {
        if (Reference().Match(url) is not { Success: true } reference || !text.Contains(" /", StringComparison.Ordinal))
            return null;
        return Operations.Value.GetValueOrDefault((reference.Groups[1].Value, text.Split('?')[0]))
            ?? throw new InvalidOperationException($"A guide names {text}, which {url} does not have.");
    }

    [GeneratedRegex(@"^/docs/reference/([^#]+)\z")]
    private static partial Regex Reference();
}
