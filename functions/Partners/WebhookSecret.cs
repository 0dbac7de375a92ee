using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// A partner's signing secret: <c>whsec_</c> and base64 of 32 random bytes. <c>ToString</c> does not reveal it.
/// </summary>
internal sealed record WebhookSecret
{
    private const string Prefix = "whsec_";
    private readonly string _value;

    private WebhookSecret(string value) => _value = value;

    /// <summary>Key of M2M's own signature: the UTF-8 bytes of the whole string.</summary>
    public byte[] M2mKey => Encoding.UTF8.GetBytes(_value);

    /// <summary>Key of the Standard Webhooks signature: the decoded part after the prefix.</summary>
    public byte[] StandardKey => Convert.FromBase64String(_value[Prefix.Length..]);

    public static WebhookSecret New() => new(Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Creates it from the text that the partner was shown.</summary>
    public static WebhookSecret From(string value) => new(value);

    /// <summary>What the wrapped secret is bound to.</summary>
    public static string Purpose(PartnerId partner) => $"webhook-secret|{partner}";

    /// <summary>The secret itself, for the one answer that shows it.</summary>
    public string Reveal() => _value;

    public override string ToString() => Prefix + "…";
}

/// <summary>A previous secret, replaced by a rotation.</summary>
/// <param name="Wrapped">Wrapped by the key ring.</param>
/// <param name="ExpiresAt">Until then it also signs.</param>
internal sealed record PreviousSecret(string Wrapped, DateTimeOffset ExpiresAt);
