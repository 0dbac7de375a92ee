using System.Net;
using System.Net.Http.Headers;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>
/// A body that may be sent twice, and knows whether it was sent at all: it is written after the headers, once there is
/// a connection.
/// </summary>
internal sealed class TrackedBody(byte[] body)
{
    /// <summary>Whether it was written to a connection.</summary>
    public bool WasSent { get; private set; }

    /// <summary>The content of one request.</summary>
    /// <param name="contentType">Of the body.</param>
    public HttpContent Content(string contentType) =>
        new TrackedContent(this, body) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };

    private sealed class TrackedContent(TrackedBody tracked, byte[] body) : ByteArrayContent(body)
    {
        protected override Task SerializeToStreamAsync(
            Stream stream,
            TransportContext? context,
            CancellationToken cancellationToken
        )
        {
            tracked.WasSent = true;
            return base.SerializeToStreamAsync(stream, context, cancellationToken);
        }
    }
}
