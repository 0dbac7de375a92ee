using System.Text.Json.Nodes;
using Serverless.Functions.OpenApi;

namespace Serverless.Tests.Portal;

/// <summary>A route of the M2M document, with a body of its own examples.</summary>
internal sealed record PartnerRoute(HttpMethod Method, string Template, IReadOnlyList<string> Query, JsonNode? Body)
{
    public bool IsChange => Method != HttpMethod.Get;

    /// <summary>True where it names something in its path.</summary>
    public bool NamesSomething => Template.Contains('{', StringComparison.Ordinal);

    /// <summary>Every route that is there.</summary>
    public static async Task<IReadOnlyList<PartnerRoute>> AllAsync(TestApp app)
    {
        var document = JsonNode.Parse(await app.Service<ApiDocuments>().JsonAsync(ApiDescription.M2M))!;
        return
        [
            .. from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            select new PartnerRoute(
                new HttpMethod(operation.Key.ToUpperInvariant()),
                path.Key,
                [
                    .. (operation.Value!["parameters"]?.AsArray() ?? [])
                        .Where(parameter => (string?)parameter!["in"] == "query")
                        .Select(parameter => (string)parameter!["name"]!),
                ],
                operation
                    .Value["requestBody"]
                    ?["content"]?["application/json"]?["examples"]?.AsObject()
                    .First()
                    .Value!["value"]
            ),
        ];
    }

    /// <summary>The path with values for its placeholders, and for the query parameters of these names.</summary>
    public string Target(IReadOnlyDictionary<string, string> values)
    {
        var path = values.Aggregate(Template, (text, value) => text.Replace($"{{{value.Key}}}", value.Value, default));
        var query = Query.Where(values.ContainsKey).Select(name => $"{name}={Uri.EscapeDataString(values[name])}");
        return string.Join('?', new[] { path, string.Join('&', query) }.Where(part => part.Length > 0));
    }
}
