using System.Globalization;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;

namespace Serverless.Functions.Webhooks;

/// <summary>The headers that say what a webhook is and who signed it, by its family: the same for a delivery and for an event that is pulled.</summary>
internal sealed class WebhookSigner(KeyRing keyRing, PartnerDirectory partners, TimeProvider time)
{
    private static long _lastNonce;

    /// <summary>Signs with this moment's timestamp; null for a KYC webhook of a partner that has no key of the identity API any more.</summary>
    /// <param name="partner">Whose it is.</param>
    /// <param name="eventName">Decides the family.</param>
    /// <param name="webhookId">The same for every attempt.</param>
    /// <param name="url">Where it goes; its path is signed with a KYC webhook.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<IReadOnlyDictionary<string, string>?> SignAsync(Partner partner, string eventName, string webhookId, string url, byte[] body, CancellationToken ct)
    {
        if (WebhookFamily.Of(eventName) == WebhookFamily.M2m)
            return SignedHeaders.Of(eventName, webhookId, body, await SigningSecrets.ReadAsync(keyRing, partner, time.Now(), ct));
        // Of several keys the newest: a partner that rotates has put that one in place before it revokes the others.
        if (await partners.FindNewestIdentityKeyAsync(partner.Id, ct) is not { } key)
            return null;
        var nonce = NextNonce();
        return new Dictionary<string, string>
        {
            ["Authorization"] = $"Bearer {key.Id}:{HmacSignature.Compute(key.Secret.Key, "POST", new Uri(url).PathAndQuery, nonce, body)}:{nonce}",
            ["X-Banxa-Event-Id"] = webhookId,
        };
    }

    /// <summary>Microseconds, never the same twice here. The wall clock, not the app's: the receiver compares it with its own.</summary>
    private static string NextNonce()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _lastNonce);
            var next = Math.Max(last + 1, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            if (Interlocked.CompareExchange(ref _lastNonce, next, last) == last)
                return next.ToString(CultureInfo.InvariantCulture);
        }
    }
}
