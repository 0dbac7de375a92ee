using System.Globalization;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Webhooks.Signing;

/// <summary>
/// Creates the headers that describe and sign a webhook, for a delivery and for an event that is pulled.
/// </summary>
internal static class SignedHeaders
{
    /// <summary>Creates the headers.</summary>
    /// <param name="eventName">Goes into <c>X-M2M-Event</c>.</param>
    /// <param name="webhookId">Goes into <c>webhook-id</c> and <c>X-M2M-Delivery-Id</c>.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="secrets">All of them sign in the standard header, only the current one in M2M's.</param>
    /// <param name="at">
    /// The timestamp, from the wall clock: the receiver compares it with its own, even if a local run has moved the
    /// app's time.
    /// </param>
    public static IReadOnlyDictionary<string, string> Of(
        string eventName,
        string webhookId,
        byte[] body,
        SigningSecrets secrets,
        DateTimeOffset at
    )
    {
        var timestamp = at.ToUnixTimeSeconds();
        var seconds = timestamp.ToString(CultureInfo.InvariantCulture);
        WebhookSecret[] signing = [secrets.Current, .. secrets.Previous];
        return new Dictionary<string, string>
        {
            ["webhook-id"] = webhookId,
            ["webhook-timestamp"] = seconds,
            ["webhook-signature"] = string.Join(
                ' ',
                signing.Select(secret => WebhookSignature.Standard(secret.StandardKey, webhookId, timestamp, body))
            ),
            ["X-M2M-Event"] = eventName,
            ["X-M2M-Delivery-Id"] = webhookId,
            ["X-M2M-Timestamp"] = seconds,
            ["X-M2M-Signature"] = WebhookSignature.M2m(secrets.Current.M2mKey, timestamp, body),
        };
    }
}
