using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
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
    private const string Prefix = "widget/";

    private static readonly IReadOnlyDictionary<string, string> Texts = ReadTexts();

    private static readonly FrozenDictionary<string, Asset> Files =
        // A module's import is a URL like any other, so it needs the version.
        Texts.ToFrozenDictionary(
            text => text.Key,
            text => Asset.Of(text.Key, Import().Replace(text.Value, $"$1?v={Version}$2"))
        );

    /// <summary>Changes whenever any of the files does.</summary>
    public static string Version =>
        field ??= Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Join(
                        '\0',
                        Texts.OrderBy(text => text.Key, StringComparer.Ordinal).Select(text => text.Value)
                    )
                )
            )
        )[..12];

    [Function(nameof(WidgetAssets))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/assets/{file}")] HttpRequest http,
        string file
    )
    {
        if (!Files.TryGetValue(file, out var asset))
            return Answer.Error(ApiError.NotFound);
        var headers = http.HttpContext.Response.Headers;
        headers.ETag = asset.Tag;
        headers.CacheControl = http.Query["v"] == Version ? "public, max-age=31536000, immutable" : "no-cache";
        headers.Vary = "Accept-Encoding";
        headers.XContentTypeOptions = "nosniff";
        WidgetShell.MayBeEmbedded(headers);
        // A sandboxed frame has no origin: it gets the scripts anyway, so that the page can explain the problem.
        headers.AccessControlAllowOrigin = "*";
        if (http.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(asset.Tag))
            return Results.StatusCode(StatusCodes.Status304NotModified);
        if (!http.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase))
            return Results.Bytes(asset.Plain, asset.MediaType);
        headers.ContentEncoding = "br";
        return Results.Bytes(asset.Brotli, asset.MediaType);
    }

    private static Dictionary<string, string> ReadTexts()
    {
        var assembly = typeof(WidgetAssets).Assembly;
        var texts = assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(
                name => name[Prefix.Length..],
                name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    return reader.ReadToEnd();
                }
            );
        texts.Add(WidgetRules.File, WidgetRules.Script);
        return texts;
    }

    [GeneratedRegex("""(from "\./[a-z]+\.js)(")""", RegexOptions.CultureInvariant)]
    private static partial Regex Import();

    private sealed record Asset(string MediaType, string Tag, byte[] Plain, byte[] Brotli)
    {
        public static Asset Of(string file, string text)
        {
            var plain = Encoding.UTF8.GetBytes(text);
            using var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal))
                brotli.Write(plain);
            var type = file.EndsWith(".js", StringComparison.Ordinal)
                ? "text/javascript; charset=utf-8"
                : "text/css; charset=utf-8";
            return new Asset(
                type,
                $"\"{Convert.ToHexStringLower(SHA256.HashData(plain))[..16]}\"",
                plain,
                packed.ToArray()
            );
        }
    }
}
