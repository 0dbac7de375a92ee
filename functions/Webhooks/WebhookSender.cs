using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Serverless.Functions.Webhooks;

/// <summary>One attempt's end.</summary>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Error">Why no usable answer came; null when one did.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Body">The answer's body, up to the limit of <see cref="WebhookSender"/>.</param>
/// <param name="RetryAfter">How long a receiver that answered 429 or 503 asks to be left alone.</param>
internal sealed record AttemptOutcome(int? Status, string? Error, long Milliseconds, byte[] Body, TimeSpan? RetryAfter = null)
{
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

    private const int MaxAnswer = 16 * 1024;
    private readonly HttpClient _client;
    private readonly TimeProvider _time;

    public WebhookSender(OutboundUrlRules rules, TimeProvider time)
    {
        _time = time;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, rules.AllowPrivateNetworks, ct),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Posts.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="headers">What it is and who signed it.</param>
    /// <param name="body">The exact bytes, the same for every attempt.</param>
    /// <param name="family">Its time limit is the attempt's.</param>
    /// <param name="ct">Stops the attempt.</param>
    public async Task<AttemptOutcome> SendAsync(string url, IReadOnlyDictionary<string, string> headers, byte[] body, WebhookFamily family, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.ParseAdd("Serverless-Webhooks/1.0");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);

        using var limit = new CancellationTokenSource(family.TimeLimit, _time);
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
            return new AttemptOutcome(null, $"no complete answer within {family.TimeLimit.TotalSeconds:0} s", Elapsed(), []);
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

    /// <summary>Resolves, judges every address and connects to the judged ones: no second look-up that could answer differently (DNS rebinding).</summary>
    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, bool allowPrivate, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(endPoint.Host, ct);
        if (!allowPrivate && !Array.TrueForAll(addresses, NetworkRanges.IsPublic))
            throw new RefusedAddressException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class RefusedAddressException() : Exception("the host resolves to an address that is not on the public internet");
}
