using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Serverless.Functions.Observability;

namespace Serverless.Functions.Webhooks;

/// <summary>One attempt's end.</summary>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Error">Why no usable answer came; null when one did.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Body">The answer's body, up to the limit of <see cref="WebhookSender"/>.</param>
/// <param name="RetryAfter">How long a receiver that answered 429 or 503 asks to be left alone.</param>
internal sealed record AttemptOutcome(int? Status, string? Error, long Milliseconds, byte[] Body, TimeSpan? RetryAfter = null)
{
    /// <summary>What the request's headers were; null where no connection came to be, so that nothing was sent.</summary>
    public SentHeaders? Sent { get; init; }

    /// <summary>The receiver says that it is not there any more: nothing is to be sent to it again.</summary>
    public bool Gone => Status == 410;

    /// <summary>Any 2xx within the time limit (contract m2m, section 7).</summary>
    public bool Succeeded => Status is >= 200 and < 300 && Error is null;
}

/// <summary>Posts a signed body once. Redirects are failures, answers are read up to 16 KB, and addresses are judged where the connection is made.</summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>The time limit of an attempt, from connecting to the end of the answer (contract m2m, section 7).</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>The longest <c>Retry-After</c> that is kept to.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);

    /// <summary>Of every webhook.</summary>
    public const string ContentType = "application/json";

    /// <summary>Of every webhook.</summary>
    public const string UserAgent = "Serverless-Webhooks/1.0";

    private const int MaxAnswer = 16 * 1024;
    private const string SpanName = "POST webhook";
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public WebhookSender(OutboundUrlRules rules, OutboundNetwork network, TimeProvider time)
    {
        _time = time;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            // The header is set below: it names the attempt's own span, and there is nothing else of ours (tracestate, baggage) for a receiver.
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = (context, ct) => ConnectAsync(network, context.DnsEndPoint, rules.AllowPrivateNetworks, ct),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Signs with this moment's timestamp and posts.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="eventName">Goes into <c>X-M2M-Event</c>.</param>
    /// <param name="webhookId">The same for every attempt: <c>webhook-id</c> and <c>X-M2M-Delivery-Id</c>.</param>
    /// <param name="body">The exact bytes, the same for every attempt.</param>
    /// <param name="secrets">Sign it.</param>
    /// <param name="ct">Stops the attempt.</param>
    /// <param name="trace">The trace that the attempt belongs to; null: the present one.</param>
    public async Task<AttemptOutcome> SendAsync(string url, string eventName, string webhookId, byte[] body, SigningSecrets secrets, CancellationToken ct, string? trace = null)
    {
        // The wall clock, not the app's: the receiver compares it with its own, which does not follow when a local run moves time.
        var signedAt = TimeProvider.System.GetUtcNow();
        using var content = new NotedContent(body);
        using var span = Tracing.StartClient(SpanName, trace);
        var outcome = await PostAsync(url, SignedHeaders.Of(eventName, webhookId, body, secrets, signedAt), content, TimeLimit, span, ct);
        return content.WasSent ? outcome with { Sent = new SentHeaders(signedAt.ToUnixTimeSeconds(), secrets.Previous is null ? 1 : 2, body.Length, span.Id) } : outcome;
    }

    /// <summary>Posts a body with headers that were made for it.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="headers">As from <see cref="SignedHeaders"/>.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="timeLimit">From connecting to the end of the answer.</param>
    /// <param name="ct">Stops the attempt.</param>
    /// <param name="trace">The trace that the attempt belongs to; null: the present one.</param>
    public async Task<AttemptOutcome> SendAsync(string url, IReadOnlyDictionary<string, string> headers, byte[] body, TimeSpan timeLimit, CancellationToken ct, string? trace = null)
    {
        using var content = new NotedContent(body);
        using var span = Tracing.StartClient(SpanName, trace);
        return await PostAsync(url, headers, content, timeLimit, span, ct);
    }

    private async Task<AttemptOutcome> PostAsync(string url, IReadOnlyDictionary<string, string> headers, HttpContent content, TimeSpan timeLimit, Activity span, CancellationToken ct)
    {
        var outcome = await PostAsync(url, headers, content, timeLimit, span.Id!, ct);
        if (span.IsAllDataRequested)
        {
            // Of the URL the host only: the rest may hold secrets.
            span.SetTag("http.request.method", "POST").SetTag("server.address", new Uri(url).IdnHost).SetTag("http.response.status_code", outcome.Status);
            if (!outcome.Succeeded)
                span.SetTag("error.type", Metrics.OutcomeOf(outcome.Status)).SetStatus(ActivityStatusCode.Error);
        }
        return outcome;
    }

    private async Task<AttemptOutcome> PostAsync(string url, IReadOnlyDictionary<string, string> headers, HttpContent content, TimeSpan timeLimit, string trace, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        request.Headers.UserAgent.ParseAdd(UserAgent);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        request.Headers.Add(Tracing.Header, trace);

        using var limit = new CancellationTokenSource(timeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var started = Stopwatch.GetTimestamp();
        long Elapsed() => (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return new AttemptOutcome((int)response.StatusCode, null, Elapsed(), await ReadAsync(response, either.Token), RetryAfterOf(response));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new AttemptOutcome(null, $"no complete answer within {timeLimit.TotalSeconds:0} s", Elapsed(), []);
        }
        catch (HttpRequestException ex)
        {
            return new AttemptOutcome(null, Describe(ex), Elapsed(), []);
        }
        catch (IOException)
        {
            return new AttemptOutcome(null, "the connection broke while the answer was read", Elapsed(), []);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Seconds, or a date: that is compared with the answer's own date, so that the receiver's clock may be wrong.</summary>
    private static TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || response.Headers.RetryAfter is not { } asked)
            return null;
        var delay = asked.Delta ?? asked.Date - (response.Headers.Date ?? TimeProvider.System.GetUtcNow());
        return delay > LongestRetryAfter ? LongestRetryAfter : delay > TimeSpan.Zero ? delay : null;
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[MaxAnswer];
        var length = await stream.ReadAtLeastAsync(buffer, MaxAnswer, throwOnEndOfStream: false, ct);
        return buffer[..length];
    }

    private static string Describe(HttpRequestException exception) => exception switch
    {
        { InnerException: RefusedAddressException refused } => refused.Message,
        { HttpRequestError: HttpRequestError.NameResolutionError } => "the host name cannot be resolved",
        { HttpRequestError: HttpRequestError.ConnectionError } => "the connection was refused or broke",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "the TLS handshake failed",
        _ => $"the answer is not usable HTTP ({exception.HttpRequestError})",
    };

    /// <summary>
    /// Resolves, judges every address and connects to the judged ones: no second look-up that could answer differently (DNS rebinding), and a private address beside a public one refuses
    /// both. A connection that stands may serve further requests to the same host: it leads to an address that was judged.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(OutboundNetwork network, DnsEndPoint endPoint, bool allowPrivate, CancellationToken ct)
    {
        var addresses = await network.Resolve(endPoint.Host, ct);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        if (!allowPrivate && !Array.TrueForAll(addresses, NetworkRanges.IsPublic))
            throw new RefusedAddressException();
        return await network.Connect(addresses, endPoint.Port, ct);
    }

    /// <summary>Knows whether its request was sent: a body is written after the headers, once there is a connection.</summary>
    private sealed class NotedContent(byte[] body) : ByteArrayContent(body)
    {
        public bool WasSent { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            WasSent = true;
            return base.SerializeToStreamAsync(stream, context, cancellationToken);
        }
    }

    private sealed class RefusedAddressException() : Exception("the host resolves to an address that is not on the public internet");
}
