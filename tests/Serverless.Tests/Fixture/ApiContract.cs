using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.AspNetCore.Routing.Template;
using Serverless.Functions.OpenApi;
using Xunit;

namespace Serverless.Tests;

/// <summary>
/// Holds every answer that a test sees to the API's documents: its status, its code, and its body, in which nothing
/// may stand that is not described.
/// </summary>
internal sealed class ApiContract
{
    private static readonly ConcurrentDictionary<string, byte> SeenAnswers = new();
    private static Task<ApiContract>? _stated;
    private readonly List<Operation> _operations;

    private ApiContract(IEnumerable<JsonObject> documents) => _operations = [.. documents.SelectMany(OperationsOf)];

    /// <summary>The contract, as the first app states it that is asked; all state the same.</summary>
    public static Task<ApiContract> OfAsync(ApiDocuments documents) => _stated ??= ReadAsync(documents);

    private static async Task<ApiContract> ReadAsync(ApiDocuments documents)
    {
        var read = ApiDescription.All.Select(async api => JsonNode.Parse(await documents.JsonAsync(api))!.AsObject());
        return new ApiContract(await Task.WhenAll(read));
    }

    /// <summary>Fails where an answer is not described.</summary>
    public void Check(HttpMethod method, string path, Reply reply)
    {
        var plain = path.Split('?')[0];
        // Other spellings, unknown routes and what the host answers by itself are no subject of the documents.
        if (
            reply.Status == 405
            || _operations.Find(one => one.Method == method.Method && one.Matches(plain)) is not { } operation
            || !(reply.MediaType == "application/json" || operation.MayBe(reply.Status, reply.MediaType))
        )
            return;
        var isText = reply.MediaType == "application/json";
        Note($"{operation.Id} {reply.Status} {(isText ? reply.Code : null)}".TrimEnd());
        Assert.True(
            operation.Answers.TryGetValue(reply.Status.ToString(Invariant), out var schema),
            $"{method} {plain}: the document knows no {reply.Status}, but the answer was {reply}"
        );
        foreach (var header in ApiHeaders.Known.Keys.Where(header => reply[header] is not null))
            Assert.True(
                operation.Headers[reply.Status.ToString(Invariant)].Contains(header),
                $"{method} {plain} {reply.Status}: the document has no header {header}"
            );
        if (schema is not null && isText && reply.Text.Length > 0)
            schema.Check(reply.Json, $"{method} {plain} {reply.Status}");
    }

    /// <summary>
    /// Keeps what was seen; in a file, too, where one is asked for, to compare it with the documents.
    /// </summary>
    private static void Note(string answer)
    {
        if (!SeenAnswers.TryAdd(answer, 0) || Environment.GetEnvironmentVariable("SEEN_ANSWERS") is not { } file)
            return;
        lock (SeenAnswers)
            File.AppendAllLines(file, [answer]);
    }

    private static readonly IFormatProvider Invariant = System.Globalization.CultureInfo.InvariantCulture;

    private static IEnumerable<Operation> OperationsOf(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select new Operation(
            operation.Value!["operationId"]!.GetValue<string>(),
            operation.Key.ToUpperInvariant(),
            new TemplateMatcher(TemplateParser.Parse(path.Key.TrimStart('/')), []),
            operation.Value["responses"]!
                .AsObject()
                .ToDictionary(
                    response => response.Key,
                    response =>
                        Resolve(document, response.Value)["content"]?["application/json"]?["schema"] is { } schema
                            ? new DescribedBody(schema, document)
                            : null
                ),
            operation.Value["responses"]!
                .AsObject()
                .ToDictionary(
                    response => response.Key,
                    response =>
                        (Resolve(document, response.Value)["headers"] as JsonObject ?? [])
                            .Select(header => header.Key)
                            .ToHashSet()
                ),
            operation.Value["responses"]!
                .AsObject()
                .SelectMany(response =>
                    (Resolve(document, response.Value)["content"] as JsonObject ?? [])
                        .Where(content => content.Key != "application/json")
                        .Select(content => $"{response.Key} {content.Key}")
                )
                .ToHashSet()
        );

    private static JsonNode Resolve(JsonNode document, JsonNode? node) =>
        node!["$ref"]?.GetValue<string>() is { } reference
            ? reference.Split('/').Skip(1).Aggregate(document, (part, name) => part[name]!)
            : node;

    private sealed record Operation(
        string Id,
        string Method,
        TemplateMatcher Matcher,
        Dictionary<string, DescribedBody?> Answers,
        Dictionary<string, HashSet<string>> Headers,
        HashSet<string> OtherKinds
    )
    {
        /// <summary>True for a body of another kind than JSON that is described.</summary>
        public bool MayBe(int status, string? mediaType) => OtherKinds.Contains($"{status} {mediaType}");

        public bool Matches(string path) => Matcher.TryMatch(path, []);
    }
}

/// <summary>A body as a schema of a document describes it.</summary>
internal sealed class DescribedBody(JsonNode schema, JsonObject document)
{
    private readonly Lazy<JsonSchema> _schema = new(() =>
    {
        var alone = schema.DeepClone().AsObject();
        alone["$defs"] = document["components"]!["schemas"]!.DeepClone();
        return JsonSchema.FromText(
            alone.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal)
        );
    });

    /// <summary>Fails where a body is another one, or has more in it than is described.</summary>
    public void Check(JsonNode body, string what)
    {
        var problems = ProblemsOf(body);
        Assert.True(problems.Length == 0, $"{what}: {problems}\n{body}");
        foreach (var member in Undescribed(body, schema, ""))
            Assert.Fail($"{what}: the document has no member {member}\n{body}");
    }

    /// <summary>What is wrong with a body; empty where nothing is.</summary>
    public string ProblemsOf(JsonNode body)
    {
        var result = _schema.Value.Evaluate(
            body.Deserialize<JsonElement>(),
            new EvaluationOptions { OutputFormat = OutputFormat.List }
        );
        if (result.IsValid)
            return "";
        var problems = (result.Details ?? [])
            .Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}"));
        return string.Join("; ", problems.DefaultIfEmpty("is not valid"));
    }

    private IEnumerable<string> Undescribed(JsonNode? value, JsonNode? described, string path)
    {
        var schemas = Parts(described, document).ToList();
        switch (value)
        {
            case JsonArray items:
                var each = schemas.Select(part => part["items"]).FirstOrDefault(part => part is not null);
                return items.SelectMany((item, at) => Undescribed(item, each, $"{path}[{at}]"));
            case JsonObject members when schemas.Exists(part => part["properties"] is not null):
                return members.SelectMany(member => UndescribedIn(schemas, member, path));
            default:
                return [];
        }
    }

    private IEnumerable<string> UndescribedIn(
        List<JsonObject> schemas,
        KeyValuePair<string, JsonNode?> member,
        string path
    )
    {
        var known = schemas
            .Select(part => part["properties"]?[member.Key] ?? part["additionalProperties"])
            .Where(part => part is not null)
            .ToList();
        return known.Count == 0
            ? [$"{path}.{member.Key}"]
            : known.Take(1).SelectMany(part => Undescribed(member.Value, part, $"{path}.{member.Key}"));
    }

    /// <summary>A schema, and those that it refers to or is made of.</summary>
    public static IEnumerable<JsonObject> Parts(JsonNode? described, JsonObject document)
    {
        if (described is not JsonObject part)
            return [];
        if (part["$ref"]?.GetValue<string>() is { } reference)
        {
            var target = reference.Split('/').Skip(1).Aggregate((JsonNode?)document, (node, name) => node?[name]);
            return Parts(target, document);
        }
        var made = new[] { "allOf", "oneOf", "anyOf" }.SelectMany(kind => part[kind] as JsonArray ?? []);
        return made.SelectMany(one => Parts(one, document)).Prepend(part);
    }
}
