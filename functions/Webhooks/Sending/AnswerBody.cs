using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>The body of a receiver's answer as UTF-8 without a byte order mark, whatever it was sent as.</summary>
/// <param name="Bytes">Up to the limit; what was read of it where there is a problem.</param>
/// <param name="Problem">Why this is not all of it, or not text, as the rest of a sentence about the body; null when
/// all is well.</param>
internal sealed record AnswerBody(byte[] Bytes, string? Problem)
{
    private const int Chunk = 16 * 1024;

    /// <summary>Servers apply one, and a proxy before them perhaps another.</summary>
    private const int MaxCodings = 4;

    /// <summary>
    /// The encodings that a byte order mark names, longer marks first (UTF-32 begins as UTF-16 does).
    /// </summary>
    private static readonly Encoding[] Marked =
    [
        new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <summary>Reads an answer's body, undoes its content codings (RFC 9110, section 8.4) and its charset.</summary>
    /// <param name="content">Of the answer.</param>
    /// <param name="limit">The most that is read, in bytes after decoding: a small answer cannot become a large one
    /// unnoticed.</param>
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

    /// <summary>The codings were applied in the order in which they are listed.</summary>
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

    /// <summary>The encoding that the header names; null where it names none, or one that no JSON has.</summary>
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
            // It is not known, or must not be used, as UTF-7.
            return null;
        }
    }

    /// <summary>
    /// JSON begins with an ASCII character: where the zeros stand tells UTF-16 from UTF-8 (RFC 4627, section 3).
    /// </summary>
    private static Encoding? Unmarked(byte[] bytes) =>
        bytes switch
        {
            [0, not 0, ..] => Marked[^1],
            [not 0, 0, ..] => Marked[^2],
            _ => Encoding.UTF8,
        };
}
