using Serverless.Functions.Partners;
using Serverless.Functions.Security;

namespace Serverless.Functions.Webhooks.Signing;

/// <summary>What signs a partner's webhooks at a moment.</summary>
/// <param name="Current">Signs both families.</param>
/// <param name="Previous">Sign Standard Webhooks' header, too, each until its overlap ends, newest first; M2M's own
/// header has room for one signature only.</param>
internal sealed record SigningSecrets(WebhookSecret Current, IReadOnlyList<WebhookSecret> Previous)
{
    /// <summary>One secret alone.</summary>
    public SigningSecrets(WebhookSecret current)
        : this(current, []) { }

    /// <summary>How many signatures the standard header holds.</summary>
    public int Count => 1 + Previous.Count;

    /// <summary>Unwraps those of a partner.</summary>
    public static async Task<SigningSecrets> ReadAsync(
        KeyRing keyRing,
        Partner partner,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        async Task<WebhookSecret> Unwrap(string wrapped) =>
            WebhookSecret.From(await keyRing.UnwrapTextAsync(wrapped, WebhookSecret.Purpose(partner.Id), ct));
        var previous = new List<WebhookSecret>();
        foreach (var secret in partner.PreviousSecretsAt(now))
            previous.Add(await Unwrap(secret.Wrapped));
        return new SigningSecrets(await Unwrap(partner.WrappedWebhookSecret), previous);
    }
}
