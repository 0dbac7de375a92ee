using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Serverless.Functions.HmacAuth;

/// <summary>The path and query that a caller signed: the request target exactly as it was sent (contract identities, section 1.6).</summary>
/// <remarks>
/// In Azure the Functions host hands the request on to the worker with a path that it decoded and encoded again, and with a query whose unreserved characters are no longer
/// escaped, so that <c>%61</c> arrives as <c>a</c>. What the caller sent stands in a header of the platform's front end. It counts only where it can have become the target that is
/// routed: a signature never covers one target while another is served.
/// </remarks>
internal static partial class SignedTarget
{
    private const string UnencodedUrl = "X-WAWS-Unencoded-URL";

    public static string Of(HttpContext http)
    {
        var target = PathAndQuery(http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        return http.Request.Headers[UnencodedUrl] is [{ } sent] && IsRespelt(sent, target) ? sent : target;
    }

    /// <summary>True when the two differ in nothing that a server could tell apart: escapes within a segment of the path, and escapes of unreserved characters in the query.</summary>
    private static bool IsRespelt(string sent, string routed)
    {
        var (sentParts, routedParts) = (sent.Split('?', 2), routed.Split('?', 2));
        return sentParts.Length == routedParts.Length
            && sentParts[0].Split('/').Select(Uri.UnescapeDataString).SequenceEqual(routedParts[0].Split('/').Select(Uri.UnescapeDataString))
            && (sentParts.Length == 1 || Plain(sentParts[1]) == Plain(routedParts[1]));
    }

    private static string Plain(string query) =>
        EscapedUnreserved.Replace(query, escape => ((char)byte.Parse(escape.ValueSpan[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString());

    /// <summary>Letters, digits, <c>-._~</c> (RFC 3986, section 2.3).</summary>
    [GeneratedRegex("%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])", RegexOptions.CultureInvariant)]
    private static partial Regex EscapedUnreserved { get; }

    /// <summary>Without scheme and host where the target has them (RFC 9112, section 3.2.2).</summary>
    private static string PathAndQuery(string target)
    {
        if (target.StartsWith('/') || target.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
            return target;
        var path = target.IndexOfAny(['/', '?'], scheme + 3);
        return path < 0 ? "/" : target[path] == '?' ? "/" + target[path..] : target[path..];
    }
}
