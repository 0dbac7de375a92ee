using System.Diagnostics.CodeAnalysis;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// An <c>Authorization</c> header of the identity API: <c>Bearer {key}:{signature}:{nonce}</c>. Parsed, but not yet
/// verified.
/// </summary>
internal sealed record HmacAuthorization(string Key, string Signature, string Nonce)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// True for three non-empty parts without a comma, since a comma means that two headers of this name were joined.
    /// Their content is checked later, each with its own error.
    /// </summary>
    public static bool TryParse(string header, [NotNullWhen(true)] out HmacAuthorization? authorization)
    {
        // A scheme's name is case-insensitive (RFC 9110, section 11.1).
        authorization =
            header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && !header.Contains(',', StringComparison.Ordinal)
            && header[Scheme.Length..].Split(':', 4)
                is [{ Length: > 0 } key, { Length: > 0 } signature, { Length: > 0 } nonce]
                ? new HmacAuthorization(key, signature, nonce)
                : null;
        return authorization is not null;
    }

    /// <summary>Omits the signature: until it is used, whoever has it can send the request.</summary>
    public override string ToString() => $"{Key}:…:{Nonce}";
}
