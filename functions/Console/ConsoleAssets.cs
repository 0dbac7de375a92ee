using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Console;

/// <summary>
/// <c>GET /console/assets/{file}</c>: the scripts and the style of the pages that partners and operators work with.
/// Those of all such pages have one address, so that they can import each other.
/// </summary>
internal sealed class ConsoleAssets
{
    private static readonly EmbeddedAssets Files = EmbeddedAssets.Read(
        "console/",
        (VerifySnippets.File, VerifySnippets.Script)
    );

    [Function(nameof(ConsoleAssets))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "console/assets/{file}")] HttpRequest http,
        string file
    )
    {
        http.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return Files.Answer(http, file) ?? Answer.Error(ApiError.NotFound);
    }

    /// <summary>The address of a file, with its version.</summary>
    public static string AddressOf(string file) => $"/console/assets/{file}?v={Files.Version}";
}
