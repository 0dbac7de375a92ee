using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.OpenApi;
using Serverless.Functions.Http;

namespace Serverless.Functions.OpenApi;

/// <summary>
/// <c>GET /openapi/{document}</c>: <c>m2m.json</c>, <c>identities.json</c> or <c>operator.json</c> (OpenAPI 3.1).
/// </summary>
internal sealed class GetApiDocument(ApiDocuments documents)
{
    [Function(nameof(GetApiDocument))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi/{document}")] HttpRequest http,
        string document
    )
    {
        const string Extension = ".json";
        var name = document.EndsWith(Extension, StringComparison.Ordinal) ? document[..^Extension.Length] : "";
        if (ApiDescription.All.FirstOrDefault(api => api.Name == name) is not { } api)
            return Answer.Error(ApiError.NotFound);
        return (await documents.FileAsync(api)).Answer(http, mayBeKept: false);
    }
}

/// <summary>The documents as JSON, each made once.</summary>
internal sealed class ApiDocuments(RequestReader requests)
{
    private readonly Lazy<Task<Dictionary<string, byte[]>>> _json = new(() => BuildAsync(requests.Context));

    private readonly ConcurrentDictionary<string, StaticFile> _files = new();

    /// <summary>A document.</summary>
    public async Task<byte[]> JsonAsync(ApiDescription api) => (await _json.Value)[api.Name];

    /// <summary>A document as it is served.</summary>
    public async Task<StaticFile> FileAsync(ApiDescription api)
    {
        var json = await JsonAsync(api);
        return _files.GetOrAdd(api.Name, name => new StaticFile($"{name}.json", json));
    }

    private static async Task<Dictionary<string, byte[]>> BuildAsync(FieldContext context)
    {
        var docs = XmlDocs.Load();
        var made = new Dictionary<string, byte[]>();
        foreach (var api in ApiDescription.All)
        {
            using var json = new MemoryStream();
            var document = ApiDocument.Build(api, docs, context);
            await document.SerializeAsJsonAsync(json, OpenApiSpecVersion.OpenApi3_1);
            made[api.Name] = json.ToArray();
        }
        return made;
    }
}
