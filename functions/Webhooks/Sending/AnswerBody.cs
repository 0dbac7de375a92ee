using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>
/// The body of a receiver's answer as UTF-8 without a byte order mark, whatever its original encoding.
/// </summary>
/// <param name="Bytes">Up to the limit; if there is a problem, the part that was read.</param>
/// <param name="Problem">
/// Why the body is incomplete or not text, as the rest of a sentence about the body; null if it is fine.
/// </param>
internal sealed record AnswerBody(byte[] Bytes, string? Problem)
{
    private const int Chunk = 16 * 1024;

    /// <summary>A server applies one coding, and a proxy perhaps another.</summary>
    private const int MaxCodings = 4;

    /// <summary>Encodings by byte order mark, longer marks first (UTF-32 begins like UTF-16).</summary>
    private static readonly Encoding[] Marked =
    [
        new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <summary>
    /// Reads an answer's body and undoes its content codings (RFC 9110, section 8.4) and its charset.
    /// </summary>
    /// <param name="content">The answer's content.</param>
    /// <param name="limit">The maximum in bytes after decoding, so that a decompression bomb is cut off.</param>
    /// <param name="ct">Stops reading.</param>
    public static async Task<AnswerBody> ReadAsync(HttpContent content, int limit, CancellationToken ct)
    {
        // Each coding costs memory and time even for an empty body, and thousands of them fit into one header.
        if (content.Headers.ContentEncoding.Count > MaxCodings)
            return new AnswerBody([], $"has more than {MaxCodings} codings in its Content-Encoding");
        await using var sent = await content.ReadAsStreamAsync(ct);
        if (Decoded(sent, content.Headers.ContentEncoding) is not { } stream)
            return new AnswerBody([], "has a Content-Encoding that is not gzip, deflate or br");
        byte[] bytes;
        try
        {
            await using (stream)
                bytes = await ReadAsync(stream, limit + 1, ct);
        }
        catch (Exception ex) when (ex is InvalidDataException or InvalidOperationException)
        {
            return new AnswerBody([], "is not what its Content-Encoding says");
        }
        if (bytes.Length > limit)
            return new AnswerBody(bytes[..limit], $"has more than {limit} bytes");
        return AsUtf8(bytes, content.Headers.ContentType);
    }

    /// <summary>Undoes the codings in reverse, since they are listed in the order of application.</summary>
    private static Stream? Decoded(Stream sent, IEnumerable<string> codings)
    {
        var stream = sent;
        foreach (var coding in codings.Reverse())
        {
            Stream? next = coding.ToLowerInvariant() switch
            {
                "gzip" or "x-gzip" => new GZipStream(stream, CompressionMode.Decompress),
                "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
                "br" => new BrotliStream(stream, CompressionMode.Decompress),
                "identity" => stream,
                _ => null,
            };
            if (next is null)
                return null;
            stream = next;
        }
        return stream;
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int most, CancellationToken ct)
    {
        using var read = new MemoryStream();
        var buffer = new byte[Math.Min(Chunk, most)];
        while (read.Length < most)
        {
            var wanted = (int)Math.Min(buffer.Length, most - read.Length);
            var length = await stream.ReadAsync(buffer.AsMemory(0, wanted), ct);
            if (length == 0)
                break;
            read.Write(buffer, 0, length);
        }
        return read.ToArray();
    }

    private static AnswerBody AsUtf8(byte[] bytes, MediaTypeHeaderValue? type)
    {
        var marked = Array.Find(Marked, encoding => bytes.AsSpan().StartsWith(encoding.Preamble));
        var text = marked is null ? bytes : bytes[marked.Preamble.Length..];
        if ((marked ?? Named(type) ?? Unmarked(bytes)) is not { } encoding)
            return new AnswerBody(bytes, "has a charset that is not known here: send UTF-8");
        try
        {
            var utf8 = encoding is UTF8Encoding ? text : Encoding.Convert(encoding, Encoding.UTF8, text);
            return new AnswerBody(utf8, null);
        }
        catch (DecoderFallbackException)
        {
            return new AnswerBody(bytes, $"is no text in {encoding.WebName}, which it says it is");
        }
    }

    /// <summary>The encoding that the header names; null if it names none, or one that JSON never has.</summary>
    private static Encoding? Named(MediaTypeHeaderValue? type)
    {
        var charset = type?.CharSet?.Trim('"');
        if (string.IsNullOrEmpty(charset))
            return null;
        try
        {
            return Encoding.GetEncoding(charset, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception ex) when (ex is ArgumentException or NotSupportedException)
        {
            // Unknown or unsafe, like UTF-7.
            return null;
        }
    }

    /// <summary>
    /// Detects UTF-16 without a mark: JSON begins with an ASCII character, so the position of zero bytes tells the
    /// encoding (RFC 4627, section 3).
    /// </summary>
    private static Encoding? Unmarked(byte[] bytes) =>
        bytes switch
        {
            [0, not 0, ..] => Marked[^1],
            [not 0, 0, ..] => Marked[^2],
            _ => Encoding.UTF8,
        };
}
