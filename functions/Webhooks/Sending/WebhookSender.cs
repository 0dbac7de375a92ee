using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Serverless.Functions.Observability;
using Serverless.Functions.Outbound;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>
/// Posts a signed body once. Redirects are failures, answers are read up to a limit, and the target's addresses are
/// checked when connecting. If the receiver had closed a kept-alive connection, the request is sent again at once:
/// that is no failure of the receiver.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>The time limit of an attempt, from connecting to the end of the answer.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>The longest <c>Retry-After</c> that is obeyed.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(24);

    /// <summary>Content type of every webhook.</summary>
    public const string ContentType = "application/json";

    /// <summary>User agent of every webhook.</summary>
    public const string UserAgent = "Serverless-Webhooks/1.0";

    /// <summary>Limit in bytes for an answer whose content is not used.</summary>
    public const int MaxAnswer = 16 * 1024;

    private const string SpanName = "POST webhook";

    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    /// <summary>Makes a new connection for each request.</summary>
    private readonly HttpClient _newConnections;

    public WebhookSender(OutboundUrlRules rules, OutboundNetwork network, TimeProvider time)
    {
        _time = time;
        _client = NewClient(rules, network, connectionLifetime: TimeSpan.FromMinutes(2));
        _newConnections = NewClient(rules, network, connectionLifetime: TimeSpan.Zero);
    }

    private static HttpClient NewClient(OutboundUrlRules rules, OutboundNetwork network, TimeSpan connectionLifetime)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            // AnswerBody decompresses: here it would add a header that asks every receiver for compression.
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            // The header is set below, with the attempt's own span; tracestate and baggage are not sent to receivers.
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            PooledConnectionLifetime = connectionLifetime,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            SslOptions = TlsTrust.Options(),
            ConnectCallback = (context, ct) => ConnectAsync(network, context, rules.AllowPrivateNetworks, ct),
            PlaintextStreamFilter = (context, _) =>
                ValueTask.FromResult<Stream>(new KeptConnection(context.PlaintextStream)),
        };
        // Each attempt has a time limit of its own.
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Signs with the current timestamp and posts.</summary>
    /// <param name="url">The target.</param>
    /// <param name="eventName">Goes into <c>X-M2M-Event</c>.</param>
    /// <param name="webhookId">The same for every attempt: <c>webhook-id</c> and <c>X-M2M-Delivery-Id</c>.</param>
    /// <param name="body">The exact bytes, the same for every attempt.</param>
    /// <param name="secrets">The secrets that sign it.</param>
    /// <param name="ct">Stops the attempt.</param>
    /// <param name="trace">The trace that the attempt belongs to; null: the current one.</param>
    /// <param name="answerLimit">Limit for the answer's body, in bytes.</param>
    public async Task<AttemptOutcome> SendAsync(
        string url,
        string eventName,
        string webhookId,
        byte[] body,
        SigningSecrets secrets,
        CancellationToken ct,
        string? trace = null,
        int answerLimit = MaxAnswer
    )
    {
        // The wall clock, not the app's: the receiver compares with its own clock, even if a local run has moved the
        // app's time.
        var signedAt = TimeProvider.System.GetUtcNow();
        var headers = SignedHeaders.Of(eventName, webhookId, body, secrets, signedAt);
        var tracked = new TrackedBody(body);
        using var span = Tracing.StartClient(SpanName, trace);
        var outcome = await PostAsync(new Post(url, headers, tracked, TimeLimit, answerLimit), span, ct);
        if (!tracked.WasSent)
            return outcome;
        var sent = new SentHeaders(
            signedAt.ToUnixTimeSeconds(),
            secrets.Count,
            body.Length,
            span.Id,
            SentHeaders.HostOf(url)
        );
        return outcome with { Sent = sent };
    }

    /// <summary>Posts a body with prepared headers.</summary>
    /// <param name="url">The target.</param>
    /// <param name="headers">As from <see cref="SignedHeaders"/>.</param>
    /// <param name="body">The exact bytes.</param>
    /// <param name="timeLimit">From connecting to the end of the answer.</param>
    /// <param name="ct">Stops the attempt.</param>
    /// <param name="trace">The trace that the attempt belongs to; null: the current one.</param>
    public async Task<AttemptOutcome> SendAsync(
        string url,
        IReadOnlyDictionary<string, string> headers,
        byte[] body,
        TimeSpan timeLimit,
        CancellationToken ct,
        string? trace = null
    )
    {
        using var span = Tracing.StartClient(SpanName, trace);
        return await PostAsync(new Post(url, headers, new TrackedBody(body), timeLimit, MaxAnswer), span, ct);
    }

    private async Task<AttemptOutcome> PostAsync(Post post, Activity span, CancellationToken ct)
    {
        var outcome = await PostAsync(post, span.Id!, ct);
        if (span.IsAllDataRequested)
        {
            // Only the host: the rest of the URL may contain secrets.
            span.SetTag("http.request.method", "POST")
                .SetTag("server.address", new Uri(post.Url).IdnHost)
                .SetTag("http.response.status_code", outcome.Status);
            if (!outcome.Succeeded)
                span.SetTag("error.type", Metrics.OutcomeOf(outcome.Status)).SetStatus(ActivityStatusCode.Error);
        }
        return outcome;
    }

    private async Task<AttemptOutcome> PostAsync(Post post, string trace, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(post.TimeLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var started = Stopwatch.GetTimestamp();
        long Elapsed() => (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        AttemptOutcome Failed(string error) => new(null, error, Elapsed(), []);

        try
        {
            using var exchange = await ExchangeAsync(() => post.Request(trace), either.Token);
            var response = exchange.Response;
            var answer = await exchange.ReadAsync(post.AnswerLimit, either.Token);
            return new AttemptOutcome((int)response.StatusCode, null, Elapsed(), answer.Bytes, RetryAfterOf(response))
            {
                BodyProblem = answer.Problem,
            };
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return Failed($"no complete answer within {post.TimeLimit.TotalSeconds:0} s");
        }
        catch (HttpRequestException ex)
        {
            return Failed(Describe(ex));
        }
        catch (SocketException)
        {
            // .NET does not wrap this exception if a new connection is reset at once.
            return Failed("the connection was reset at once");
        }
        catch (IOException)
        {
            return Failed("the connection broke while the answer was read");
        }
    }

    /// <summary>
    /// Reads the head of the answer. If the connection had been closed, sends the request once more on a new one.
    /// </summary>
    private async Task<Answered> ExchangeAsync(Func<HttpRequestMessage> newRequest, CancellationToken ct)
    {
        var exchange = Exchange.Begin();
        try
        {
            return new Answered(await SendAsync(_client, newRequest, ct), exchange);
        }
        catch (HttpRequestException) when (exchange.MetAClosedConnection)
        {
            exchange = Exchange.Begin();
            return new Answered(await SendAsync(_newConnections, newRequest, ct), exchange);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        Func<HttpRequestMessage> newRequest,
        CancellationToken ct
    )
    {
        using var request = newRequest();
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }

    public void Dispose()
    {
        _client.Dispose();
        _newConnections.Dispose();
    }

    /// <summary>
    /// Seconds, or a date. A date is compared with the answer's own date, in case the receiver's clock is wrong.
    /// </summary>
    private static TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (
            response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            || response.Headers.RetryAfter is not { } asked
        )
            return null;
        var delay = asked.Delta ?? asked.Date - (response.Headers.Date ?? TimeProvider.System.GetUtcNow());
        if (delay > LongestRetryAfter)
            return LongestRetryAfter;
        return delay > TimeSpan.Zero ? delay : null;
    }

    private static string Describe(HttpRequestException exception)
    {
        var refused = Causes(exception)
            .FirstOrDefault(cause => cause is RefusedAddressException or RefusedTlsException);
        if (refused is not null)
            return refused.Message;
        return exception.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "the host name cannot be resolved",
            HttpRequestError.ConnectionError => "the connection was refused or broke",
            HttpRequestError.SecureConnectionError => "the TLS handshake failed",
            HttpRequestError.ResponseEnded => "the connection was closed before an answer was complete",
            var other => $"the answer is not usable HTTP ({other})",
        };
    }

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
            yield return cause;
    }

    /// <summary>
    /// Resolves the name once, checks every address and connects to these: a second lookup could answer differently
    /// (DNS rebinding). One private address refuses all. An open connection may be reused for the same host, since its
    /// address was checked.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(
        OutboundNetwork network,
        SocketsHttpConnectionContext context,
        bool allowPrivate,
        CancellationToken ct
    )
    {
        var endPoint = context.DnsEndPoint;
        var addresses = await network.Resolve(endPoint.Host, ct);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        if (!allowPrivate && !Array.TrueForAll(addresses, NetworkRanges.IsPublic))
            throw new RefusedAddressException();
        // The machine's own clock: the network does not follow a clock that a local run stops or moves.
        var stream = await HappyEyeballs.ConnectAsync(
            addresses,
            (address, given) => network.Connect(address, endPoint.Port, given),
            TimeProvider.System,
            ct
        );
        return context.InitialRequestMessage.RequestUri?.Scheme == Uri.UriSchemeHttps ? new TlsOpening(stream) : stream;
    }

    /// <summary>A webhook to post, with its time limit and the limit of its answer.</summary>
    private sealed record Post(
        string Url,
        IReadOnlyDictionary<string, string> Headers,
        TrackedBody Body,
        TimeSpan TimeLimit,
        int AnswerLimit
    )
    {
        public HttpRequestMessage Request(string trace)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = Body.Content(ContentType) };
            request.Headers.UserAgent.ParseAdd(UserAgent);
            foreach (var (name, value) in Headers)
                request.Headers.Add(name, value);
            request.Headers.Add(Tracing.Header, trace);
            return request;
        }
    }

    /// <summary>The head of an answer; its body is still to be read.</summary>
    private sealed record Answered(HttpResponseMessage Response, Exchange Exchange) : IDisposable
    {
        /// <summary>
        /// HTTP/1.0 closes a connection after each answer, unless it says otherwise (RFC 9112, section 9.3).
        /// </summary>
        private bool IsKept =>
            Response.Version > HttpVersion.Version10
            || Response.Headers.Connection.Contains("keep-alive", StringComparer.OrdinalIgnoreCase);

        public async Task<AnswerBody> ReadAsync(int limit, CancellationToken ct)
        {
            if (!IsKept)
                Exchange.EndConnection();
            var body = await AnswerBody.ReadAsync(Response.Content, limit, ct);
            if (!IsKept)
                Exchange.CloseConnection();
            return body;
        }

        public void Dispose() => Response.Dispose();
    }

    private sealed class RefusedAddressException()
        : Exception("the host resolves to an address that is not on the public internet");
}
