using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;
using Serverless.Tests.Architecture;
using Serverless.Tests.Http;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>The API's documents, as the app serves them.</summary>
public sealed class ApiDocumentTests(ApiDocumentTests.Documents documents) : IClassFixture<ApiDocumentTests.Documents>
{
    public static TheoryData<string> Names => [.. ApiDescription.All.Select(api => api.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_reader_of_OpenAPI_finds_no_error_in_a_document(string name)
    {
        var read = OpenApiDocument.Parse(documents[name].ToJsonString(), "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
    }

    [Fact]
    public void Every_route_has_a_title_and_says_what_it_does_and_what_it_answers() =>
        NoneForgotten(
            from operation in Operations
            from missing in new[]
            {
                operation.Text("summary") is { Length: > 2 and < 60 } title && title[^1] != '.'
                    ? null
                    : "a short title",
                operation.Text("description")?.EndsWith('.') == true ? null : "a description (<remarks>)",
                operation.Json["responses"]!.AsObject().Any(answer => answer.Key[0] == '2') ? null : "[Answers]",
            }
            where missing is not null
            select $"{operation.Name} has not {missing}."
        );

    [Fact]
    public void A_body_is_described_where_the_code_reads_one_and_nowhere_else() =>
        NoneForgotten(
            from function in FunctionApis.All
            let isRead = Compiled.ReadsBody(function.Method)
            where isRead != function.Method.IsDefined(typeof(AcceptsAttribute), inherit: false)
            select isRead ? $"{function.Name} reads a body: say [Accepts]." : $"{function.Name} reads no body."
        );

    [Fact]
    public void Every_member_of_a_request_says_what_it_means_and_shows_a_valid_example() =>
        NoneForgotten([
            .. from operation in Operations
            from member in operation.Json["requestBody"]?["content"]?["application/json"]?["schema"] is { } body
                ? MembersOf(body, operation, operation.Name)
                : []
            from problem in ProblemsOf(member.Schema, operation, member.Name)
            select problem,
            .. from operation in Operations
            from parameter in operation.Json["parameters"]?.AsArray() ?? []
            let name = $"{operation.Name} {(string)parameter!["in"]!} {(string)parameter["name"]!}"
            from problem in ProblemsOf(WithWords(parameter!), operation, name)
            select problem,
        ]);

    [Fact]
    public void Every_parameter_of_a_path_that_is_explained_is_one()
    {
        var used = FunctionApis
            .All.Where(function => ApiDescription.All.Any(api => api.Has(function)))
            .SelectMany(function => HostedFunction.All.Single(one => one.Name == function.Name).RouteParameters);
        Assert.Equal(used.Distinct().Order(), ApiParameter.All.Keys.Order());
    }

    private IEnumerable<Operation> Operations =>
        from api in ApiDescription.All
        let document = documents[api.Name].AsObject()
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select new Operation($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!, document);

    /// <summary>A parameter's schema with what stands beside it.</summary>
    private static JsonObject WithWords(JsonNode parameter)
    {
        var schema = parameter["schema"]!.DeepClone().AsObject();
        schema["description"] = (string?)parameter["description"];
        if (parameter["example"] is { } example)
            schema["examples"] = new JsonArray(example.DeepClone());
        return schema;
    }

    private static IEnumerable<(string Name, JsonObject Schema)> MembersOf(JsonNode schema, Operation of, string name)
    {
        var parts = DescribedBody.Parts(schema, of.Document).ToList();
        foreach (var (member, described) in parts.SelectMany(part => part["properties"]?.AsObject().ToList() ?? []))
        {
            if (described!["const"] is not null)
                continue;
            yield return ($"{name} {member}", described.AsObject());
            foreach (var inner in MembersOf(described["items"] ?? described, of, $"{name} {member}"))
                yield return inner;
        }
    }

    private static IEnumerable<string> ProblemsOf(JsonObject schema, Operation of, string name)
    {
        if (string.IsNullOrWhiteSpace((string?)schema["description"]))
            yield return $"{name} has no words.";
        // The members of an object have theirs.
        if (DescribedBody.Parts(schema, of.Document).Any(part => part["properties"] is not null))
            yield break;
        if (IsListOfObjects(schema, of))
            yield break;
        if (schema["examples"] is not JsonArray { Count: > 0 } examples)
        {
            yield return $"{name} has no <example>.";
            yield break;
        }
        var described = new DescribedBody(schema, of.Document);
        foreach (var example in examples)
            if (described.ProblemsOf(example!) is { Length: > 0 } problems)
                yield return $"{name} cannot be {example!.ToJsonString()}: {problems}";
    }

    private static bool IsListOfObjects(JsonObject schema, Operation of) =>
        schema["items"] is { } items
        && DescribedBody.Parts(items, of.Document).Any(part => part["properties"] is not null);

    private static void NoneForgotten(IEnumerable<string> forgotten) =>
        Assert.True(!forgotten.Any(), string.Join(Environment.NewLine, forgotten));

    /// <summary>An operation of a document.</summary>
    private sealed record Operation(string Name, JsonNode Json, JsonObject Document)
    {
        public string? Text(string member) => (string?)Json[member];
    }

    [Fact]
    public void The_host_s_own_refusal_of_an_operator_has_no_body_and_no_headers_of_ours()
    {
        var refusal = documents["operator"]["components"]!["responses"]!["Error401"]!;
        Assert.Null(refusal["content"]);
        Assert.Null(refusal["headers"]);
    }

    /// <summary>Every document, read once over HTTP.</summary>
    public sealed class Documents : IAsyncLifetime
    {
        private readonly TestApp _app = new();
        private readonly Dictionary<string, JsonNode> _read = [];

        public JsonNode this[string name] => _read[name];

        public async ValueTask InitializeAsync()
        {
            await _app.InitializeAsync();
            using var http = new HttpClient { BaseAddress = _app.Address };
            foreach (var api in ApiDescription.All)
            {
                var text = await http.GetStringAsync($"/openapi/{api.Name}.json");
                _read[api.Name] = JsonNode.Parse(text)!;
                if (Environment.GetEnvironmentVariable("DUMP_OPENAPI") is { } folder)
                    await File.WriteAllTextAsync(Path.Combine(folder, api.Name + ".json"), text);
            }
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
