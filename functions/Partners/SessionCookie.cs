using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;

namespace Serverless.Functions.Partners;

/// <summary>
/// The cookie that carries a session's token: <c>__Host-portal</c>, which browsers take from this host over TLS alone.
/// </summary>
/// <remarks>
/// On a developer's machine there is no TLS, and not every browser takes such a cookie then: its name there is
/// <c>portal</c>. The app's address decides, so that a request cannot choose the weaker one.
/// </remarks>
internal sealed class SessionCookie(PublicAddress address)
{
    /// <summary>Its name over TLS.</summary>
    public const string SecureName = "__Host-portal";

    private const string PlainName = "portal";

    /// <summary>The token that a request carries; null where there is none.</summary>
    public string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(NameFor(request), out var token) && token.Length > 0 ? token : null;

    /// <summary>Gives the browser a token.</summary>
    public void Write(HttpRequest request, string token, DateTimeOffset until) =>
        request.HttpContext.Response.Cookies.Append(NameFor(request), token, Options(request, until));

    /// <summary>Takes it away.</summary>
    public void Delete(HttpRequest request) =>
        request.HttpContext.Response.Cookies.Append(NameFor(request), "", Options(request, DateTimeOffset.UnixEpoch));

    /// <summary>
    /// True where the browser says that another site's page sends the request. One that says nothing is not asked: the
    /// anti-forgery token decides then.
    /// </summary>
    public bool IsFromElsewhere(HttpRequest request)
    {
        if (request.HeaderText("Sec-Fetch-Site") is { Length: > 0 } site)
            return site is not ("same-origin" or "none");
        return request.HeaderText("Origin") is { Length: > 0 } origin
            && origin != OriginOf(address.Of(request))
            && origin != $"{request.Scheme}://{request.Host}";
    }

    private static string OriginOf(string address) => new Uri(address).GetLeftPart(UriPartial.Authority);

    private string NameFor(HttpRequest request) => IsSecure(request) ? SecureName : PlainName;

    private bool IsSecure(HttpRequest request) =>
        address.Of(request).StartsWith(Uri.UriSchemeHttps + ":", StringComparison.OrdinalIgnoreCase);

    private CookieOptions Options(HttpRequest request, DateTimeOffset until) =>
        new()
        {
            Secure = IsSecure(request),
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            Expires = until,
            IsEssential = true,
        };
}
