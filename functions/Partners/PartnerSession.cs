using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>A partner's signed-in browser, as it is stored. It is valid only as long as its key is.</summary>
/// <param name="Id">Names it in the table; the token itself is not stored.</param>
/// <param name="KeyHash">Hash of the API key that it was exchanged for.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
internal sealed record PartnerSession(SessionId Id, string KeyHash, DateTimeOffset ExpiresAt);

/// <summary>Where a session is stored: the partner, and the SHA-256 of its token.</summary>
/// <param name="Partner">Whose it is.</param>
/// <param name="Hash">Lower-case hex.</param>
internal sealed record SessionId(PartnerId Partner, string Hash)
{
    private const int TokenBytes = 32;

    /// <summary>A new session's id, and the token for the cookie: <c>{partner}.{256 random bits}</c>.</summary>
    public static (SessionId Id, string Token) New(PartnerId partner)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        return (new SessionId(partner, HashOf(secret)), $"{partner.Value}.{secret}");
    }

    /// <summary>The id of a token; null for what cannot be one.</summary>
    public static SessionId? Of(string token)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        return
            dot > 0
            && PartnerId.TryParse(token[..dot], out var partner)
            && Base64Url.IsValid(token.AsSpan(dot + 1), out var length)
            && length == TokenBytes
            ? new SessionId(partner, HashOf(token[(dot + 1)..]))
            : null;
    }

    private static string HashOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
}
