using System.Buffers;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Serverless.Functions.Http;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Outbound;

/// <summary>
/// Rules for the URLs that partners give: absolute https on port 443 or 8443, no user info, no private host. With
/// <c>Webhooks:AllowPrivateNetworks</c> (local development only) http, any port and private hosts too.
/// </summary>
/// <remarks>
/// Names are not resolved here: <see cref="WebhookSender"/> checks their addresses when it connects, for every
/// attempt.
/// </remarks>
internal sealed partial class OutboundUrlRules(IOptions<OutboundOptions> options)
{
    public const int MaxLength = 2048;

    /// <summary>Characters that a URL must escape (RFC 3986, section 2) and that some parsers interpret.</summary>
    private static readonly SearchValues<char> NotInUrls = SearchValues.Create(" \"<>\\^`{|}");

    /// <summary>True in local development: private networks and plain http may be called.</summary>
    public bool AllowPrivateNetworks { get; } = options.Value.AllowPrivateNetworks;

    /// <summary>Reads an optional URL member and notes what is wrong with it.</summary>
    public string? Read(JsonInput body, string member, bool onlyHttps = false)
    {
        if (body.Text(member, max: MaxLength) is not { } text)
            return null;
        if (Problem(text, onlyHttps) is { } problem)
            body.Fail(member, problem);
        return text;
    }

    private string? Problem(string text, bool onlyHttps)
    {
        var mayBeHttp = AllowPrivateNetworks && !onlyHttps;
        if (!HasScheme(text, Uri.UriSchemeHttps) && !(mayBeHttp && HasScheme(text, Uri.UriSchemeHttp)))
            return "must be an absolute https URL: it begins with https://";
        var begin = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = text.IndexOfAny(['/', '?', '#'], begin);
        var (authority, rest) = end < 0 ? (text, "") : (text[..end], text[end..]);
        if (rest.AsSpan().IndexOfAny(NotInUrls) is >= 0 and var at)
        {
            var named = rest[at] == ' ' ? "space" : rest[at].ToString();
            return $"must not have a {named} in its path or query: write {Uri.HexEscape(rest[at])}";
        }
        if (LonePercent().IsMatch(rest))
            return "must have two hexadecimal digits after each %: write a % itself as %25";
        // Only the authority: in the rest, the platform calls some escapes ill-formed that RFC 3986 allows.
        if (
            !Uri.IsWellFormedUriString($"{authority}/", UriKind.Absolute)
            || !Uri.TryCreate(text, UriKind.Absolute, out var url)
        )
            return "must have a valid host name";
        if (url.UserInfo.Length > 0 || authority.Contains('@', StringComparison.Ordinal))
            return "must not hold a user name or password";
        if (url.Host.Length == 0 || LookedUpName(url) is not { } host)
            return "must have a valid host name";
        if (AllowPrivateNetworks)
            return null;
        if (url.Port is not (443 or 8443))
            return "must use port 443 or 8443";
        var local = IPAddress.TryParse(host, out var address)
            ? !NetworkRanges.IsPublic(address)
            : !host.Contains('.', StringComparison.Ordinal) || IsLocalName(host) || EndsInNumber(host);
        return local ? "must be a public host" : null;
    }

    private static bool HasScheme(string text, string scheme) =>
        text.StartsWith($"{scheme}://", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex LonePercent();

    /// <summary>
    /// The host as it will be resolved: full-width and circled digits and dots become ASCII, and a trailing dot is
    /// removed. Null if the name is invalid by IDNA (RFC 5891).
    /// </summary>
    private static string? LookedUpName(Uri url)
    {
        try
        {
            return url.IdnHost.Trim('[', ']').TrimEnd('.');
        }
        catch (UriFormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// No top-level domain is a number (RFC 3696, section 2): such a name is an IP address in a spelling that some
    /// resolvers accept.
    /// </summary>
    private static bool EndsInNumber(string host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        return last.All(char.IsAsciiDigit)
            || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last.Skip(2).All(char.IsAsciiHexDigit));
    }

    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || Array.Exists(
            [".localhost", ".localdomain", ".local", ".internal", ".home.arpa"],
            suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
        );
}
