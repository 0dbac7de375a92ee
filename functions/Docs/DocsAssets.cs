using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Docs;

/// <summary>
/// <c>GET /docs/assets/{file}</c>: the pages' style and scripts, the index of the search, and the script of the
/// reference.
/// </summary>
internal sealed class DocsAssets(DocsSite site, DocsLayout layout)
{
    /// <summary>The file with the text of all guides.</summary>
    public const string SearchIndex = "search.json";

    private static readonly Dictionary<string, string> Texts = EmbeddedTexts.Read("docs/assets/");
    private static readonly Dictionary<string, StaticFile> Files = Texts.ToDictionary(
        text => text.Key,
        text => new StaticFile(text.Key, text.Value)
    );

    /// <summary>Changes whenever any of the files does.</summary>
    public static string Version { get; } = EmbeddedTexts.VersionOf(Texts);

    [Function(nameof(DocsAssets))]
    public IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/assets/{file}")] HttpRequest http,
        string file
    ) =>
        file switch
        {
            SearchIndex => site.SearchIndex.Answer(http, mayBeKept: false),
            ReferenceScript.File => ReferenceScript.Content.Answer(
                http,
                mayBeKept: http.Query["v"] == ReferenceScript.Version
            ),
            _ when Files.TryGetValue(file, out var asset) => asset.Answer(http, mayBeKept: http.Query["v"] == Version),
            _ => DocsPages.NotFound(http, layout),
        };
}
