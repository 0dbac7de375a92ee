using System.Globalization;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Webhooks.Signing;

/// <summary>
/// The headers of a KYC webhook: the same for a delivery and for an event that is pulled.
/// </summary>
internal sealed class KycSigner(PartnerDirectory partners)
{
    private static long _lastNonce;

    /// <summary>Signs with a fresh nonce; null if the partner has no key of the identity API any more.</summary>
    /// <param name="partner">The partner.</param>
    /// <param name="webhookId">The same for every attempt.</param>
    /// <param name="url">The target; its path and query are signed, too.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<IReadOnlyDictionary<string, string>?> SignAsync(
        Partner partner,
        string webhookId,
        string url,
        byte[] body,
        CancellationToken ct
    )
    {
        // The newest of several keys: a partner that changes keys installs the new one before it revokes the others.
        if (await partners.FindNewestIdentityKeyAsync(partner.Id, ct) is not { } key)
            return null;
        var nonce = NextNonce();
        var signature = HmacSignature.Compute(key.Secret.Key, "POST", new Uri(url).PathAndQuery, nonce, body);
        return new Dictionary<string, string>
        {
            ["Authorization"] = $"Bearer {key.Id}:{signature}:{nonce}",
            ["X-Banxa-Event-Id"] = webhookId,
        };
    }

    /// <summary>
    /// Microseconds, strictly increasing on this instance. The wall clock, not the app's: the receiver compares with
    /// its own.
    /// </summary>
    private static string NextNonce()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _lastNonce);
            var next = Math.Max(
                last + 1,
                (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            );
            if (Interlocked.CompareExchange(ref _lastNonce, next, last) == last)
                return next.ToString(CultureInfo.InvariantCulture);
        }
    }
}
