using System.Globalization;
using Serverless.Functions.Observability;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>
/// What differs from one attempt's headers to the next, as it is kept with the attempt; the rest is the delivery's and
/// the sender's.
/// </summary>
/// <param name="Timestamp">Unix seconds, as signed.</param>
/// <param name="Signatures">How many <c>webhook-signature</c> held: more than one during the overlap of a
/// rotation.</param>
/// <param name="Length">Bytes of the body.</param>
/// <param name="Trace">The <c>traceparent</c>.</param>
internal sealed record SentHeaders(long Timestamp, int Signatures, int Length, string? Trace = null)
{
    /// <summary>
    /// The request's headers as they were sent, but each signature shortened to its scheme: who reads the log needs
    /// none of them to be valid.
    /// </summary>
    /// <param name="delivery">What was sent.</param>
    /// <param name="cycle">
    /// The attempt's. A replay may go to another URL, so that <c>Host</c> is known of the last cycle only.
    /// </param>
    public IReadOnlyDictionary<string, string> Show(Delivery delivery, int cycle)
    {
        var seconds = Timestamp.ToString(CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string>();
        if (cycle == delivery.Cycle && Uri.TryCreate(delivery.Url, UriKind.Absolute, out var url))
            headers["Host"] = url.IsDefaultPort ? url.IdnHost : $"{url.IdnHost}:{url.Port}";
        headers["User-Agent"] = WebhookSender.UserAgent;
        headers["webhook-id"] = delivery.WebhookId;
        headers["webhook-timestamp"] = seconds;
        headers["webhook-signature"] = string.Join(' ', Enumerable.Repeat("v1,…", Signatures));
        headers["X-M2M-Event"] = delivery.Event;
        headers["X-M2M-Delivery-Id"] = delivery.WebhookId;
        headers["X-M2M-Timestamp"] = seconds;
        headers["X-M2M-Signature"] = "sha256=…";
        if (Trace is not null)
            headers[Tracing.Header] = Trace;
        headers["Content-Type"] = WebhookSender.ContentType;
        headers["Content-Length"] = Length.ToString(CultureInfo.InvariantCulture);
        return headers;
    }
}
