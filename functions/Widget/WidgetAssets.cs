using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Widget;

/// <summary><c>GET /widget/assets/{file}</c>: the page's script and style.</summary>
internal sealed class WidgetAssets
{
    private static readonly EmbeddedAssets Files = EmbeddedAssets.Read(
        "widget/",
        (WidgetRules.File, WidgetRules.Script)
    );

    /// <summary>Changes whenever any of the files does.</summary>
    public static string Version => Files.Version;

    [Function(nameof(WidgetAssets))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/assets/{file}")] HttpRequest http,
        string file
    )
    {
        if (Files.Answer(http, file) is not { } asset)
            return Answer.Error(ApiError.NotFound);
        var headers = http.HttpContext.Response.Headers;
        WidgetShell.MayBeEmbedded(headers);
        // A sandboxed frame has no origin: it gets the scripts anyway, so that the page can explain the problem.
        headers.AccessControlAllowOrigin = "*";
        return asset;
    }
}
