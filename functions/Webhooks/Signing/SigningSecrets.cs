using Serverless.Functions.Partners;
using Serverless.Functions.Security;

namespace Serverless.Functions.Webhooks.Signing;

/// <summary>The secrets that sign a partner's webhooks at a given time.</summary>
/// <param name="Current">Signs both families.</param>
/// <param name="Previous">
/// Also sign the Standard Webhooks header until their overlap ends, newest first; M2M's own header holds only one
/// signature.
/// </param>
internal sealed record SigningSecrets(WebhookSecret Current, IReadOnlyList<WebhookSecret> Previous)
{
    /// <summary>A single secret.</summary>
    public SigningSecrets(WebhookSecret current)
        : this(current, []) { }

    /// <summary>Number of signatures in the standard header.</summary>
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
