using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// Id of an identity API key: <c>pk_test_</c> or <c>pk_live_</c> and letters and digits. Not secret; sent with every
/// request.
/// </summary>
internal sealed partial record IdentityKeyId
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

    private IdentityKeyId(string value) => Value = value;

    public string Value { get; }

    public static IdentityKeyId New(PartnerEnvironment environment) =>
        new($"pk_{environment.Mode}_{RandomNumberGenerator.GetString(Alphabet, 24)}");

    /// <summary>Accepts only ids of this environment.</summary>
    public static bool TryParse(string? text, PartnerEnvironment environment, [NotNullWhen(true)] out IdentityKeyId? id)
    {
        id =
            text is not null
            && text.StartsWith($"pk_{environment.Mode}_", StringComparison.Ordinal)
            && Shape.IsMatch(text)
                ? new IdentityKeyId(text)
                : null;
        return id is not null;
    }

    public override string ToString() => Value;

    [GeneratedRegex(@"^pk_(test|live)_[A-Za-z0-9]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape { get; }
}

/// <summary>
/// Signs requests to the identity API: <c>sk_test_</c> or <c>sk_live_</c> and 32 random bytes as hex. <c>ToString</c>
/// does not reveal it.
/// </summary>
internal sealed record IdentitySecret
{
    private readonly string _value;

    private IdentitySecret(string value) => (_value, Key) = (value, Encoding.UTF8.GetBytes(value));

    /// <summary>Key of the HMAC: UTF-8 of the whole text.</summary>
    public byte[] Key { get; }

    public static IdentitySecret New(PartnerEnvironment environment) =>
        new($"sk_{environment.Mode}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}");

    /// <summary>Creates it from the text that the partner was shown.</summary>
    public static IdentitySecret From(string value) => new(value);

    /// <summary>What the wrapped secret is bound to.</summary>
    public static string Purpose(IdentityKeyId id) => $"identity-secret|{id}";

    /// <summary>The secret itself, for the one answer that shows it.</summary>
    public string Reveal() => _value;

    public override string ToString() => "sk_…";
}

/// <summary>A key of the identity API.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Partner">Its partner.</param>
/// <param name="Secret">Signs with it.</param>
internal sealed record IdentityKey(IdentityKeyId Id, PartnerId Partner, IdentitySecret Secret)
{
    /// <summary>When it was last used; null for a key that was not read.</summary>
    public KeyUse? Use { get; init; }
}

/// <summary>A key of the identity API as it is stored, without its secret.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was issued.</param>
internal sealed record StoredIdentityKey(IdentityKeyId Id, DateTimeOffset CreatedAt)
{
    public string? Name { get; init; }

    /// <summary>To the hour; null where it was never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}
