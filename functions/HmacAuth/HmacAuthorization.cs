using System.Diagnostics.CodeAnalysis;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// An <c>Authorization</c> header of the identity API: <c>Bearer {key}:{signature}:{nonce}</c>. Nothing of it is
/// checked yet.
/// </summary>
internal sealed record HmacAuthorization(string Key, string Signature, string Nonce)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// True for three parts, none of them empty. What is in them is judged later, each with an error of its own. A
    /// comma is in none of them: it joins two headers of this name.
    /// </summary>
    public static bool TryParse(string header, [NotNullWhen(true)] out HmacAuthorization? authorization)
    {
        // The name of a scheme is case-insensitive (RFC 9110, section 11.1).
        authorization =
            header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && !header.Contains(',', StringComparison.Ordinal)
            && header[Scheme.Length..].Split(':', 4)
                is [{ Length: > 0 } key, { Length: > 0 } signature, { Length: > 0 } nonce]
                ? new HmacAuthorization(key, signature, nonce)
                : null;
        return authorization is not null;
    }

    /// <summary>Without the signature, which is good for one request until it is used.</summary>
    public override string ToString() => $"{Key}:…:{Nonce}";
}
