using Serverless.Functions.Partners;
using Serverless.Functions.Security;

namespace Serverless.Functions.Webhooks;

/// <summary>The secret that a rotation replaced.</summary>
/// <param name="Wrapped">By the key ring.</param>
/// <param name="ExpiresAt">Until then it signs, too.</param>
internal sealed record PreviousSecret(string Wrapped, DateTimeOffset ExpiresAt);

/// <summary>What signs a partner's webhooks at a moment.</summary>
/// <param name="Current">Signs both families.</param>
/// <param name="Previous">Signs Standard Webhooks' header, too, while a rotation's overlap lasts; M2M's own header has room for one signature only.</param>
internal sealed record SigningSecrets(WebhookSecret Current, WebhookSecret? Previous)
{
    /// <summary>Unwraps those of a partner.</summary>
    public static async Task<SigningSecrets> ReadAsync(KeyRing keyRing, Partner partner, DateTimeOffset now, CancellationToken ct)
    {
        async Task<WebhookSecret> Unwrap(string wrapped) => WebhookSecret.From(await keyRing.UnwrapTextAsync(wrapped, WebhookSecret.Purpose(partner.Id), ct));
        return new SigningSecrets(await Unwrap(partner.WrappedWebhookSecret), partner.PreviousSecretAt(now) is { } previous ? await Unwrap(previous.Wrapped) : null);
    }
}
