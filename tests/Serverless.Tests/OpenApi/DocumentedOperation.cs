using System.Text.Json.Nodes;
using Serverless.Functions.OpenApi;

namespace Serverless.Tests.OpenApi;

/// <summary>An operation of a document.</summary>
internal sealed record DocumentedOperation(
    ApiDescription Api,
    JsonNode Document,
    string Id,
    HttpMethod Method,
    string Path,
    IReadOnlyList<JsonNode> Parameters,
    JsonNode? Body,
    bool IsSigned
)
{
    /// <summary>All of a document.</summary>
    public static IEnumerable<DocumentedOperation> Of(ApiDescription api, JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select new DocumentedOperation(
            api,
            document,
            (string)operation.Value!["operationId"]!,
            HttpMethod.Parse(operation.Key),
            path.Key,
            [.. (operation.Value["parameters"] as JsonArray ?? []).Select(parameter => parameter!)],
            operation.Value["requestBody"]?["content"]!["application/json"]!["schema"],
            operation.Value["security"]![0]!.AsObject().ContainsKey("Signature")
        );

    /// <summary>All of all documents.</summary>
    public static async Task<List<DocumentedOperation>> OfAsync(TestApp app)
    {
        var operations = new List<DocumentedOperation>();
        foreach (var api in ApiDescription.All)
            operations.AddRange(Of(api, JsonNode.Parse(await app.Service<ApiDocuments>().JsonAsync(api))!));
        return operations;
    }

    /// <summary>What stands for parameters of the path, by their names; the others get their examples.</summary>
    public IReadOnlyDictionary<string, string> Known { get; init; } = new Dictionary<string, string>();

    /// <summary>A body that the document shows; null where it shows none.</summary>
    public JsonNode? Example =>
        Document["paths"]![Path]![Method.Method.ToLowerInvariant()]!
            ["requestBody"]
            ?["content"]!["application/json"]!["examples"]
            ?.AsObject()
            .First()
            .Value!["value"];

    /// <summary>The path with a value for each parameter.</summary>
    public string Target =>
        Parameters
            .Where(parameter => (string)parameter["in"]! == "path")
            .Select(parameter => (string)parameter["name"]!)
            .Aggregate(Path, (path, name) => path.Replace($"{{{name}}}", ValueOf(name), StringComparison.Ordinal));

    private string ValueOf(string parameter) =>
        Known.GetValueOrDefault(parameter)
        ?? (string)Parameters.First(one => (string)one["name"]! == parameter)["example"]!;
}
