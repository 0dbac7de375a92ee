using System.Globalization;
using Serverless.Functions.Observability;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>
/// The headers that differ between attempts, stored with each attempt; the others follow from the delivery and the
/// sender.
/// </summary>
/// <param name="Timestamp">Unix seconds, as signed.</param>
/// <param name="Signatures">
/// Number of signatures in <c>webhook-signature</c>: more than one during the overlap of a rotation.
/// </param>
/// <param name="Length">Bytes of the body.</param>
/// <param name="Trace">The <c>traceparent</c>.</param>
/// <param name="Host">Where it went; null in rows of earlier builds.</param>
internal sealed record SentHeaders(
    long Timestamp,
    int Signatures,
    int Length,
    string? Trace = null,
    string? Host = null
)
{
    /// <summary>
    /// The request's headers as sent, with each signature shortened to its scheme: the log must not show valid
    /// signatures.
    /// </summary>
    /// <param name="eventName">The event that was sent.</param>
    /// <param name="webhookId">The delivery's.</param>
    /// <param name="host">Where it went; null if unknown.</param>
    public IReadOnlyDictionary<string, string> Show(string eventName, string webhookId, string? host)
    {
        var seconds = Timestamp.ToString(CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>();
        if (host is not null)
            headers["Host"] = host;
        headers["User-Agent"] = WebhookSender.UserAgent;
        headers["webhook-id"] = webhookId;
        headers["webhook-timestamp"] = seconds;
        headers["webhook-signature"] = string.Join(' ', Enumerable.Repeat("v1,…", Signatures));
        headers["X-M2M-Event"] = eventName;
        headers["X-M2M-Delivery-Id"] = webhookId;
        headers["X-M2M-Timestamp"] = seconds;
        headers["X-M2M-Signature"] = "sha256=…";
        if (Trace is not null)
            headers[Tracing.Header] = Trace;
        headers["Content-Type"] = WebhookSender.ContentType;
        headers["Content-Length"] = Length.ToString(CultureInfo.InvariantCulture);
        return headers;
    }

    /// <summary>The header <c>Host</c> of a request to this URL.</summary>
    public static string HostOf(string url)
    {
        var to = new Uri(url);
        return to.IsDefaultPort ? to.IdnHost : $"{to.IdnHost}:{to.Port}";
    }
}
