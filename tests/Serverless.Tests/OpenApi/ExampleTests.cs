using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>The examples in the API's documents: each was really exchanged, and each operation has one.</summary>
public sealed class ExampleTests(ApiDocumentTests.Documents documents) : IClassFixture<ApiDocumentTests.Documents>
{
    private static readonly string Folder = Path.Combine(Repository.Root, "functions", "OpenApi", "examples");

    public static TheoryData<string> Names => ApiDocumentTests.Names;

    [Fact]
    public async Task The_examples_are_what_the_app_says()
    {
        var said = await Exchanges.FilesAsync();
        if (Environment.GetEnvironmentVariable("WRITE_EXAMPLES") is not null)
        {
            Directory.CreateDirectory(Folder);
            foreach (var stale in Directory.GetFiles(Folder).Where(file => !said.ContainsKey(NameOf(file))))
                File.Delete(stale);
            foreach (var (name, text) in said)
                await File.WriteAllTextAsync(
                    Path.Combine(Folder, name + ".json"),
                    text,
                    TestContext.Current.CancellationToken
                );
        }
        var kept = Directory.GetFiles(Folder).ToDictionary(NameOf, File.ReadAllText);
        foreach (var (name, text) in said)
            Assert.True(
                kept.GetValueOrDefault(name)?.ReplaceLineEndings("\n") == text,
                $"functions/OpenApi/examples/{name}.json is not what the app says. If the change is meant, run this "
                    + $"test with WRITE_EXAMPLES=1, and build. It says:\n{text}"
            );
        Assert.Equal(said.Keys.Order(), kept.Keys.Order());
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_operation_and_every_event_shows_an_example(string name)
    {
        var missing = new List<string>();
        foreach (var (what, operation) in OperationsOf(documents[name]))
        {
            if (operation["requestBody"] is { } body && body["required"] is not null && ExamplesOf(body).Count == 0)
                missing.Add($"{what}: no example of a request");
            var answers = operation["responses"]!.AsObject().Where(answer => answer.Key[0] == '2');
            // Nobody reads a picture in a document.
            var isText = answers.Any(one => one.Value!["content"]?["application/json"] is not null);
            if (
                isText
                && !what.StartsWith("on ", StringComparison.Ordinal)
                && !answers.Any(one => ExamplesOf(one.Value!).Count > 0)
            )
                missing.Add($"{what}: no example of a success");
        }
        Assert.True(
            missing.Count == 0,
            string.Join('\n', missing.Prepend("Let it happen in one of OpenApi/Exchanges*.cs:"))
        );
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_example_is_what_its_schema_says(string name)
    {
        var document = documents[name].AsObject();
        var count = 0;
        foreach (var (what, operation) in OperationsOf(document))
        {
            var answers = operation["responses"]!.AsObject().Select(answer => answer.Value!);
            foreach (var content in answers.Prepend(operation["requestBody"]).OfType<JsonNode>())
            foreach (var (title, example) in ExamplesOf(content))
            {
                var schema = content["content"]!["application/json"]!["schema"]!;
                new DescribedBody(schema, document).Check(example!["value"]!, $"{what}, {title}");
                count++;
            }
        }
        Assert.NotEqual(0, count);
    }

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);

    private static JsonObject ExamplesOf(JsonNode content) =>
        content["content"]?["application/json"]?["examples"] as JsonObject ?? [];

    private static IEnumerable<(string What, JsonNode Operation)> OperationsOf(JsonNode document)
    {
        foreach (var (path, item) in document["paths"]!.AsObject())
        foreach (var (method, operation) in item!.AsObject())
            yield return ($"{method.ToUpperInvariant()} {path}", operation!);
        foreach (var (name, item) in document["webhooks"] as JsonObject ?? [])
            yield return ($"on {name}", item!["post"]!);
    }
}
