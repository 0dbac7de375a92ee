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

    private static readonly EmbeddedAssets Files = EmbeddedAssets.Read("docs/assets/");

    /// <summary>Changes whenever any of the files does.</summary>
    public static string Version => Files.Version;

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
            _ => Files.Answer(http, file) ?? DocsPages.NotFound(http, layout),
        };
}
