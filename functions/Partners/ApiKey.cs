using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Partners;

/// <summary>
/// A partner's API key: <c>m2m_test_</c> or <c>m2m_live_</c> and 32 lower-case letters and digits. Shown once; stored
/// as SHA-256, with a prefix to identify it. <c>ToString</c> does not reveal it.
/// </summary>
internal sealed partial record ApiKey
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int DisplayLength = 6;
    private readonly string _value;

    private ApiKey(string value) => _value = value;

    /// <summary>
    /// Lower-case hex of the key's SHA-256. A plain hash is enough: the key has 165 random bits, too many for a
    /// search.
    /// </summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(_value)));

    /// <summary>What may be shown afterwards: environment and the first six characters.</summary>
    public string Prefix => _value[..(_value.LastIndexOf('_') + 1 + DisplayLength)];

    public static ApiKey New(PartnerEnvironment environment) =>
        new(environment.KeyPrefix + RandomNumberGenerator.GetString(Alphabet, 32));

    /// <summary>Accepts only keys of this environment.</summary>
    public static bool TryParse(string? text, PartnerEnvironment environment, [NotNullWhen(true)] out ApiKey? key)
    {
        key =
            text is not null
            && text.StartsWith(environment.KeyPrefix, StringComparison.Ordinal)
            && Shape().IsMatch(text)
                ? new ApiKey(text)
                : null;
        return key is not null;
    }

    /// <summary>True for the shape of <see cref="Prefix"/>.</summary>
    public static bool IsPrefix(string text) => PrefixShape().IsMatch(text);

    /// <summary>The key itself, for the one answer that shows it.</summary>
    public string Reveal() => _value;

    public override string ToString() => Prefix + "…";

    [GeneratedRegex(@"^m2m_(test|live)_[a-z0-9]{32}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex(@"^m2m_(test|live)_[a-z0-9]{6}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PrefixShape();
}

/// <summary>Sandbox or production: the keys of one are invalid in the other.</summary>
internal sealed record PartnerEnvironment(string Name, string Mode)
{
    public static PartnerEnvironment Sandbox { get; } = new("sandbox", "test");
    public static PartnerEnvironment Production { get; } = new("production", "live");

    /// <summary>Prefix of its M2M keys.</summary>
    public string KeyPrefix => $"m2m_{Mode}_";

    /// <summary>Finds an environment by name, or null.</summary>
    public static PartnerEnvironment? Find(string name) =>
        Array.Find([Sandbox, Production], environment => environment.Name == name);
}
