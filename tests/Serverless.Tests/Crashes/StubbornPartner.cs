using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>A link as its partner knows it.</summary>
internal sealed record KnownLink(string LinkId, string Reference, string ApiKey, bool Opened);

/// <summary>
/// Calls the app as a careful partner does: what broke is sent again, with the same Idempotency-Key, until it is
/// answered.
/// </summary>
internal sealed class StubbornPartner(Uri app) : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
    {
        BaseAddress = app,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Requests that ended without an answer.</summary>
    public int Broken => _broken;

    /// <summary>Answers that no partner should see, crash or not.</summary>
    public ConcurrentQueue<string> Unexpected { get; } = new();

    private int _broken;

    public async Task<string> RegisterAsync(
        string id,
        string webhookUrl,
        IReadOnlyCollection<string> webhookEvents,
        CancellationToken ct,
        object? settings = null
    )
    {
        using var answer = await SendAsync(
            HttpMethod.Post,
            "/operator/partners",
            null,
            null,
            new
            {
                partnerId = id,
                name = id,
                webhookUrl,
                webhookEvents,
                settings = settings ?? new { },
            },
            ct
        );
        return (await JsonAsync(answer, HttpStatusCode.Created, ct)).GetProperty("apiKey").GetString()!;
    }

    public async Task<KnownLink> CreateAsync(
        string apiKey,
        string reference,
        int expiresInMinutes,
        CancellationToken ct,
        JsonObject? userData = null
    )
    {
        var body = new JsonObject { ["referenceId"] = reference, ["expiresInMinutes"] = expiresInMinutes };
        if (userData is not null)
            body["userData"] = userData;
        using var answer = await SendAsync(HttpMethod.Post, "/partner/links", apiKey, reference, body, ct);
        var link = await JsonAsync(answer, HttpStatusCode.Created, ct);
        return new KnownLink(link.GetProperty("linkId").GetString()!, reference, apiKey, Opened: false);
    }

    public async Task<KnownLink> OpenAsync(KnownLink link, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/widget/links/{link.LinkId}/open", null, null, null, ct);
        await JsonAsync(answer, HttpStatusCode.OK, ct);
        return link with { Opened = true };
    }

    public async Task<JsonElement> GetAsync(string linkId, string apiKey, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/partner/links/{linkId}", apiKey, null, null, ct);
        return await JsonAsync(answer, HttpStatusCode.OK, ct);
    }

    /// <summary>Moves the app's time; a call that broke is sent again, so time may move more than once.</summary>
    public async Task AdvanceAsync(TimeSpan by, CancellationToken ct)
    {
        if (Azurite.KeepsOrchestrations)
        {
            await Task.Delay(by, ct);
            return;
        }
        using var answer = await SendAsync(
            HttpMethod.Post,
            "/local/clock",
            null,
            null,
            new { advance = by.ToString("c") },
            ct
        );
        await JsonAsync(answer, HttpStatusCode.OK, ct);
    }

    /// <summary>
    /// Sends a request until it is answered; a repetition may be answered otherwise than the first would have been.
    /// </summary>
    public async Task<JsonElement> CallAsync(
        HttpMethod method,
        string path,
        string? apiKey,
        string? session,
        object? body,
        HttpStatusCode[] expected,
        CancellationToken ct,
        string? idempotencyKey = null
    )
    {
        using var answer = await SendAsync(method, path, apiKey, idempotencyKey, body, ct, session);
        return await JsonAsync(answer, expected.Contains(answer.StatusCode) ? answer.StatusCode : expected[0], ct);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? apiKey,
        string? idempotencyKey,
        object? body,
        CancellationToken ct,
        string? session = null
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(MaxWait);
        while (true)
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Content = body is null ? null : JsonContent.Create(body),
            };
            if (apiKey is not null)
                request.Headers.Add("X-API-Key", apiKey);
            if (idempotencyKey is not null)
                request.Headers.Add("Idempotency-Key", idempotencyKey);
            if (session is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
            try
            {
                var answer = await _http.SendAsync(request, limit.Token);
                if ((int)answer.StatusCode < 500)
                    return answer;
                // Without a body it is the host's: its worker was killed before it answered. The app's own faults have
                // one.
                if ((await answer.Content.ReadAsStringAsync(limit.Token)).Length > 0)
                    Unexpected.Enqueue($"{method} {path}: {(int)answer.StatusCode}");
                Interlocked.Increment(ref _broken);
                answer.Dispose();
            }
            catch (Exception ex) when (ex is HttpRequestException or IOException or SocketException)
            {
                Interlocked.Increment(ref _broken);
            }
            await Task.Delay(Pause, limit.Token);
        }
    }

    private static async Task<JsonElement> JsonAsync(
        HttpResponseMessage answer,
        HttpStatusCode expected,
        CancellationToken ct
    )
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        Assert.True(
            answer.StatusCode == expected,
            $"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri!.AbsolutePath}: {(int)answer.StatusCode} {text}"
        );
        // The clock of the local host answers without the app's envelope.
        var json = JsonElement.Parse(text);
        return json.TryGetProperty("data", out var data) ? data : json;
    }
}
