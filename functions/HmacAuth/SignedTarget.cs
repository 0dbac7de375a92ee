using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Functions.Http;

namespace Serverless.Functions.HmacAuth;

/// <summary>The path and query that a caller signed: as sent, or in canonical form: /docs/signing#the-target.</summary>
/// <remarks>
/// In Azure the Functions host normalizes the target before the worker sees it: unnecessary escapes are decoded, the
/// others become upper case, dot segments are removed. A header of the platform's front end has the original target.
/// It is used only if its canonical form equals that of the routed target, so that a signature for one resource never
/// gives access to another.
/// </remarks>
internal static class SignedTarget
{
    private const string UnencodedUrl = "X-WAWS-Unencoded-URL";

    /// <summary>Characters that are never escaped in canonical form: unreserved (RFC 3986, section 2.3).</summary>
    private const string Unreserved = "-._~";

    /// <summary>Reserved characters that a path segment may contain unescaped (RFC 3986, section 3.3).</summary>
    private const string InSegment = "!$&'()*+,;=:@";

    /// <summary>
    /// The forms of this request's target that a signature may cover; all identify the served resource. Each also
    /// without its first slash, because some clients sign the relative path that they append to a base URL.
    /// </summary>
    public static IEnumerable<string> SpellingsOf(HttpContext http)
    {
        var routed = PathAndQuery(http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        var canonical = Canonical(routed);
        string[] spellings =
            http.Request.HeaderText(UnencodedUrl) is { } sent && Canonical(sent) == canonical
                ? [sent, routed, canonical]
                : [routed, canonical];
        return spellings.Concat(spellings.Where(IsRooted).Select(spelling => spelling[1..])).Distinct();
    }

    // A target with two leading slashes is excluded: without the first, it would identify another resource.
    private static bool IsRooted(string target) => target is ['/', not '/', ..];

    /// <summary>
    /// The canonical form (RFC 3986, section 6.2.2): only characters that need it are escaped, with hex digits in
    /// upper case, and dot segments are removed. In the query only unreserved characters are decoded, because
    /// <c>+</c>, <c>%2B</c> and <c>%20</c> differ there.
    /// </summary>
    public static string Canonical(string target)
    {
        var parts = target.Split('?', 2);
        var path = WithoutDotSegments(NormalizeEscapes(parts[0], decodes: InSegment, keeps: "/" + InSegment));
        return parts.Length == 1 ? path : $"{path}?{NormalizeEscapes(parts[1], decodes: "", keeps: "/?" + InSegment)}";
    }

    /// <summary>Normalizes the escapes of a text.</summary>
    /// <param name="text">A path or a query.</param>
    /// <param name="decodes">Characters to decode besides the unreserved ones.</param>
    /// <param name="keeps">Characters to leave unchanged besides the unreserved ones.</param>
    private static string NormalizeEscapes(string text, string decodes, string keeps)
    {
        var normalized = new StringBuilder(text.Length);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEscape = TryReadEscape(bytes.AsSpan(i), out var escaped);
            var character = (char)(isEscape ? escaped : bytes[i]);
            var unescaped = Unreserved + (isEscape ? decodes : keeps);
            if (char.IsAsciiLetterOrDigit(character) || unescaped.Contains(character, StringComparison.Ordinal))
                normalized.Append(character);
            else
                normalized.Append(CultureInfo.InvariantCulture, $"%{(int)character:X2}");
            if (isEscape)
                i += 2;
        }
        return normalized.ToString();
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> bytes, out byte escaped)
    {
        escaped = 0;
        return bytes is [(byte)'%', var high, var low, ..]
            && char.IsAsciiHexDigit((char)high)
            && byte.TryParse([high, low], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out escaped);
    }

    /// <summary>Removes dot segments (RFC 3986, section 5.2.4).</summary>
    private static string WithoutDotSegments(string path)
    {
        if (!path.StartsWith('/'))
            return path;
        var kept = new List<string>();
        var segments = path[1..].Split('/');
        foreach (var (index, segment) in segments.Index())
        {
            if (segment == ".." && kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
            if (segment is not ("." or ".."))
                kept.Add(segment);
            else if (index == segments.Length - 1)
                kept.Add("");
        }
        return "/" + string.Join('/', kept);
    }

    /// <summary>Removes scheme and host if the target has them (RFC 9112, section 3.2.2).</summary>
    private static string PathAndQuery(string target)
    {
        if (target.StartsWith('/') || target.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
            return target;
        var path = target.IndexOfAny(['/', '?'], scheme + 3);
        if (path < 0)
            return "/";
        return target[path] == '?' ? "/" + target[path..] : target[path..];
    }
}
