using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// A file of the app's pages, in memory: as it is and compressed, with a tag by its content. Its kind follows from the
/// ending of its name.
/// </summary>
internal sealed class StaticFile
{
    private readonly string _mediaType;
    private readonly byte[] _plain;
    private readonly byte[] _brotli;

    public StaticFile(string name, byte[] content)
    {
        _mediaType = Path.GetExtension(name) switch
        {
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".html" => "text/html; charset=utf-8",
            ".json" => "application/json; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new InvalidOperationException($"It is not defined what kind of file '{other}' is."),
        };
        _plain = content;
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal))
            brotli.Write(content);
        _brotli = packed.ToArray();
        Tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
    }

    public StaticFile(string name, string text)
        : this(name, Encoding.UTF8.GetBytes(text)) { }

    /// <summary>Changes with the content, and with nothing else.</summary>
    public string Tag { get; }

    /// <summary>The file, or 304 to whoever has it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="mayBeKept">
    /// True where the address has the version in it, so that it may be cached for ever; false: ask each time.
    /// </param>
    public IResult Answer(HttpRequest http, bool mayBeKept)
    {
        var headers = http.HttpContext.Response.Headers;
        headers.ETag = Tag;
        headers.CacheControl = mayBeKept ? "public, max-age=31536000, immutable" : "no-cache";
        headers.Vary = "Accept-Encoding";
        headers.XContentTypeOptions = "nosniff";
        if (http.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(Tag))
            return Results.StatusCode(StatusCodes.Status304NotModified);
        if (!http.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase))
            return Results.Bytes(_plain, _mediaType);
        headers.ContentEncoding = "br";
        return Results.Bytes(_brotli, _mediaType);
    }
}
