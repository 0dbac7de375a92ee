using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>GET /widget/assets/{file}</c>: the page's script and style, embedded in the assembly. Their URLs contain a hash
/// of the content, so they can be cached for ever.
/// </summary>
internal sealed partial class WidgetAssets
{
    private static readonly Dictionary<string, string> Texts = new(EmbeddedTexts.Read("widget/"))
    {
        [WidgetRules.File] = WidgetRules.Script,
    };

    private static readonly FrozenDictionary<string, StaticFile> Files =
        // A module's import is a URL like any other, so it needs the version.
        Texts.ToFrozenDictionary(
            text => text.Key,
            text => new StaticFile(text.Key, Import().Replace(text.Value, $"$1?v={Version}$2"))
        );

    /// <summary>Changes whenever any of the files does.</summary>
    public static string Version => field ??= EmbeddedTexts.VersionOf(Texts);

    [Function(nameof(WidgetAssets))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/assets/{file}")] HttpRequest http,
        string file
    )
    {
        if (!Files.TryGetValue(file, out var asset))
            return Answer.Error(ApiError.NotFound);
        var headers = http.HttpContext.Response.Headers;
        WidgetShell.MayBeEmbedded(headers);
        // A sandboxed frame has no origin: it gets the scripts anyway, so that the page can explain the problem.
        headers.AccessControlAllowOrigin = "*";
        return asset.Answer(http, mayBeKept: http.Query["v"] == Version);
    }

    [GeneratedRegex("""(from "\./[a-z]+\.js)(")""", RegexOptions.CultureInvariant)]
    private static partial Regex Import();
}
