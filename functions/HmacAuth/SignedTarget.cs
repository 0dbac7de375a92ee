using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Functions.Http;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// The path and query that a caller signed: as they were sent, or in their canonical spelling.
/// </summary>
/// <remarks>
/// In Azure the Functions host hands a request on to the worker with a target that it has respelt: escapes that need
/// not be are decoded, others are written in upper case, dot segments are gone. What the caller sent stands in a
/// header of the platform's front end. It counts only where its canonical spelling is that of the target which is
/// routed: a signature never covers one resource while another is served.
/// </remarks>
internal static class SignedTarget
{
    private const string UnencodedUrl = "X-WAWS-Unencoded-URL";

    /// <summary>May stand in a URL as they are and mean nothing but themselves (RFC 3986, section 2.3).</summary>
    private const string Unreserved = "-._~";

    /// <summary>May stand in a segment of a path as they are (RFC 3986, section 3.3).</summary>
    private const string InSegment = "!$&'()*+,;=:@";

    /// <summary>
    /// The spellings of this request's target that a signature may be over; all mean the resource that is served. Each
    /// also without its first slash: some clients join a base URL and a relative path, and sign the latter.
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

    // Without the first of two slashes, it would be the spelling of another resource.
    private static bool IsRooted(string target) => target is ['/', not '/', ..];

    /// <summary>
    /// The one spelling of all that mean the same (RFC 3986, section 6.2.2): characters that may stand as they are
    /// do, all others are escaped with digits in upper case, dot segments are removed. In the query only unreserved
    /// characters are decoded: <c>+</c>, <c>%2B</c> and <c>%20</c> are three things there.
    /// </summary>
    public static string Canonical(string target)
    {
        var parts = target.Split('?', 2);
        var path = WithoutDotSegments(Respell(parts[0], decodes: InSegment, keeps: "/" + InSegment));
        return parts.Length == 1 ? path : $"{path}?{Respell(parts[1], decodes: "", keeps: "/?" + InSegment)}";
    }

    /// <summary>Spells a text anew.</summary>
    /// <param name="text">A path or a query.</param>
    /// <param name="decodes">What is decoded, besides what is unreserved.</param>
    /// <param name="keeps">What stays as it is, besides what is unreserved.</param>
    private static string Respell(string text, string decodes, string keeps)
    {
        var spelt = new StringBuilder(text.Length);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEscape = TryReadEscape(bytes.AsSpan(i), out var escaped);
            var character = (char)(isEscape ? escaped : bytes[i]);
            var mayStand = Unreserved + (isEscape ? decodes : keeps);
            if (char.IsAsciiLetterOrDigit(character) || mayStand.Contains(character, StringComparison.Ordinal))
                spelt.Append(character);
            else
                spelt.Append(CultureInfo.InvariantCulture, $"%{(int)character:X2}");
            if (isEscape)
                i += 2;
        }
        return spelt.ToString();
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> bytes, out byte escaped)
    {
        escaped = 0;
        return bytes is [(byte)'%', var high, var low, ..]
            && char.IsAsciiHexDigit((char)high)
            && byte.TryParse([high, low], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out escaped);
    }

    /// <summary>RFC 3986, section 5.2.4.</summary>
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

    /// <summary>Without scheme and host where the target has them (RFC 9112, section 3.2.2).</summary>
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
