using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Serverless.Functions.HmacAuth;

/// <summary>The path and query that a caller signed: the request target exactly as it was sent (contract identities, section 1.6).</summary>
/// <remarks>
/// In Azure the Functions host hands the request on to the worker with a path that it decoded and encoded again, so that <c>%61</c> arrives as <c>a</c>. What the
/// caller sent stands in a header that the platform's front end sets over whatever the caller gave. It counts only where it means the same target as the
/// one that is routed: a signature never covers one path while another is served.
/// </remarks>
internal static class SignedTarget
{
    private const string UnencodedUrl = "X-WAWS-Unencoded-URL";

    public static string Of(HttpContext http)
    {
        var target = PathAndQuery(http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
        return http.Request.Headers[UnencodedUrl] is [{ } sent] && Uri.UnescapeDataString(sent) == Uri.UnescapeDataString(target) ? sent : target;
    }

    /// <summary>Without scheme and host where the target has them (RFC 9112, section 3.2.2).</summary>
    private static string PathAndQuery(string target)
    {
        if (target.StartsWith('/') || target.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var scheme))
            return target;
        var path = target.IndexOfAny(['/', '?'], scheme + 3);
        return path < 0 ? "/" : target[path] == '?' ? "/" + target[path..] : target[path..];
    }
}
