using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Serverless.Functions.OpenApi;
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
