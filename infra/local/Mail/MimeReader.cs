using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Local.Mail;

/// <summary>Reads subject and plain text of a message (RFC 5322, 2045, 2047). What it cannot decode it shows as it came.</summary>
internal static partial class MimeReader
{
    private const int MaxDepth = 8;

    public static (string Subject, string Text) Read(byte[] message)
    {
        var part = Part.Parse(message);
        return (DecodeWords(part.Header("Subject")), TextOf(part, 0) ?? "");
    }

    /// <summary>The first plain text of a message; of one without any, whatever text there is.</summary>
    private static string? TextOf(Part part, int depth)
    {
        var type = part.Header("Content-Type");
        if (depth < MaxDepth && type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) && Parameter(type, "boundary") is { Length: > 0 } boundary)
        {
            var parts = Split(part.Body, boundary).Select(Part.Parse).ToList();
            var plain = parts.Find(child => child.Header("Content-Type") is "" or ['t' or 'T', ..] && !child.Header("Content-Type").StartsWith("text/html", StringComparison.OrdinalIgnoreCase));
            return plain is not null ? TextOf(plain, depth + 1) : parts.Select(child => TextOf(child, depth + 1)).FirstOrDefault(text => text is not null);
        }
        if (type.Length > 0 && !type.StartsWith("text/", StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = part.Header("Content-Transfer-Encoding").Trim().ToLowerInvariant() switch
        {
            "base64" => FromBase64(part.Body),
            "quoted-printable" => FromQuotedPrintable(part.Body, isHeader: false),
            _ => part.Body,
        };
        return CharsetOf(Parameter(type, "charset")).GetString(bytes).ReplaceLineEndings("\n").TrimEnd('\n');
    }

    /// <summary>Encoded words (RFC 2047) become text; white space between two of them does not count.</summary>
    private static string DecodeWords(string header)
    {
        var text = new StringBuilder();
        var end = 0;
        foreach (Match word in EncodedWord().Matches(header))
        {
            var between = header[end..word.Index];
            if (end == 0 || between.Trim().Length > 0)
                text.Append(between);
            var content = Encoding.Latin1.GetBytes(word.Groups["text"].Value);
            var bytes = word.Groups["how"].Value is "B" or "b" ? FromBase64(content) : FromQuotedPrintable(content, isHeader: true);
            text.Append(CharsetOf(word.Groups["charset"].Value.Split('*')[0]).GetString(bytes));
            end = word.Index + word.Length;
        }
        return text.Append(header[end..]).ToString();
    }

    private static byte[] FromBase64(byte[] encoded)
    {
        try
        {
            return Convert.FromBase64String(Encoding.Latin1.GetString(encoded));
        }
        catch (FormatException)
        {
            return encoded;
        }
    }

    private static byte[] FromQuotedPrintable(byte[] encoded, bool isHeader)
    {
        var bytes = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '_' && isHeader)
                bytes.Add((byte)' ');
            else if (encoded[i] != '=')
                bytes.Add(encoded[i]);
            else if (i + 2 < encoded.Length && encoded[i + 1] == '\r' && encoded[i + 2] == '\n')
                i += 2;
            else if (i + 2 < encoded.Length && char.IsAsciiHexDigit((char)encoded[i + 1]) && char.IsAsciiHexDigit((char)encoded[i + 2]))
            {
                bytes.Add((byte)((Hex(encoded[i + 1]) << 4) | Hex(encoded[i + 2])));
                i += 2;
            }
            else
                bytes.Add(encoded[i]);
        }
        return [.. bytes];
    }

    private static int Hex(byte digit) => Convert.ToInt32(((char)digit).ToString(), 16);

    private static Encoding CharsetOf(string? name)
    {
        try
        {
            return string.IsNullOrEmpty(name) ? Encoding.UTF8 : Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    private static string? Parameter(string header, string name)
    {
        var found = Regex.Match(header, $"""(^|[;\s]){name}\s*=\s*("(?<value>[^"]*)"|(?<value>[^\s;]+))""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        return found.Success ? found.Groups["value"].Value : null;
    }

    private static IEnumerable<byte[]> Split(byte[] body, string boundary)
    {
        // Latin1 maps every byte to one character and back.
        var text = Encoding.Latin1.GetString(body);
        var pieces = ("\r\n" + text).Split("\r\n--" + boundary);
        return pieces.Skip(1).TakeWhile(piece => !piece.StartsWith("--", StringComparison.Ordinal))
            .Select(piece => piece.IndexOf("\r\n", StringComparison.Ordinal) is >= 0 and var line ? Encoding.Latin1.GetBytes(piece[(line + 2)..]) : []);
    }

    [GeneratedRegex(@"=\?(?<charset>[^?\s]+)\?(?<how>[BbQq])\?(?<text>[^?\s]*)\?=", RegexOptions.CultureInvariant)]
    private static partial Regex EncodedWord();

    private sealed record Part(Dictionary<string, string> Headers, byte[] Body)
    {
        public string Header(string name) => Headers.GetValueOrDefault(name, "");

        public static Part Parse(byte[] message)
        {
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            if (message.AsSpan().StartsWith("\r\n"u8))
                return new Part(headers, message[2..]);
            var end = message.AsSpan().IndexOf("\r\n\r\n"u8);
            // A line that begins with white space goes on with the one before (RFC 5322, section 2.2.3).
            var head = Encoding.UTF8.GetString(end < 0 ? message : message[..end]).Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", " ", StringComparison.Ordinal);
            foreach (var line in head.Split("\r\n"))
            {
                if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                    headers.TryAdd(line[..colon].Trim(), line[(colon + 1)..].Trim());
            }
            return new Part(headers, end < 0 ? [] : message[(end + 4)..]);
        }
    }
}
