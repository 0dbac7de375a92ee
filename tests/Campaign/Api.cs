using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>An answer that came.</summary>
internal sealed record Reply(int Status, string Text)
{
    public JsonNode? Json { get; } = TryParse(Text);
    public bool Ok => Status is >= 200 and < 300;

    /// <summary>The member <c>data</c>, or the whole where there is no envelope.</summary>
    public JsonNode Data => Json?["data"] ?? Json ?? throw new InvalidOperationException($"{Status} has no body.");

    public string? Code => (string?)Json?["error"]?["code"] ?? Json?["code"]?.ToString();

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A request.</summary>
internal sealed record Call(HttpMethod Method, string Path)
{
    public JsonObject? Body { get; init; }
    public string? Key { get; init; }
    public string? Session { get; init; }
    public string? Idempotency { get; init; }

    /// <summary>Signs it for the identity API.</summary>
    public KeyModel? Signed { get; init; }

    /// <summary>Only the app that has all orchestrations can answer it.</summary>
    public bool OfFirstApp { get; init; }

    /// <summary>What broke is sent again, for it has the same effect once more.</summary>
    public bool Repeatable { get; init; }
}

/// <summary>Calls the apps as careful clients do, and notes what no client should see.</summary>
internal sealed class Api(World world)
{
    private static readonly TimeSpan Stubborn = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Recovery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    /// <summary>A key counts for a day; time may be moved while a repetition is under way.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(14);

    private readonly ConcurrentQueue<(Call Call, Reply Reply, DateTimeOffset At)> _remembered = new();
    private int _next;
    private int _requests;
    private int _broken;
    private int _idempotent;

    public int Requests => _requests;
    public int Broken => _broken;

    /// <summary>How many repetitions with one key were compared.</summary>
    public int Repetitions => _idempotent;

    /// <summary>Sends a request; null where no answer came that says what was done.</summary>
    public async Task<Reply?> SendAsync(Call call, CancellationToken ct)
    {
        var end = DateTime.UtcNow + Stubborn;
        while (true)
        {
            var reply = await TryAsync(call, ct);
            if (reply is not null || !(call.Repeatable || call.Idempotency is not null) || DateTime.UtcNow > end)
                return reply;
            await Task.Delay(Pause, ct);
        }
    }

    /// <summary>Keeps a call that may be repeated.</summary>
    public void Remember(Call call, Reply reply, DateTimeOffset at) => _remembered.Enqueue((call, reply, at));

    /// <summary>A call whose key still counts, and its answer; null where there is none.</summary>
    public (Call, Reply)? Recall(DateTimeOffset now, Random dice)
    {
        var known = _remembered.Where(kept => now - kept.At < Kept).ToList();
        if (known.Count == 0)
            return null;
        var (call, reply, _) = known[dice.Next(known.Count)];
        return (call, reply);
    }

    /// <summary>The same call with the same key gives the same answer.</summary>
    public async Task RepeatAsync(Call call, Reply first, CancellationToken ct)
    {
        var again = await SendAsync(call, ct);
        if (again is null || again.Status == 429)
            return;
        Interlocked.Increment(ref _idempotent);
        if (again.Status != first.Status || !JsonNode.DeepEquals(again.Json, first.Json))
            world.Model.Report(
                "a repetition with the same key gives the same answer",
                $"{call.Method} {call.Path}: {first.Status} {first.Text}",
                $"{again.Status} {again.Text}"
            );
    }

    private async Task<Reply?> TryAsync(Call call, CancellationToken ct)
    {
        var app = world.Apps[call.OfFirstApp ? 0 : (Interlocked.Increment(ref _next) & 0xffff) % world.Apps.Count];
        var started = DateTime.UtcNow;
        Interlocked.Increment(ref _requests);
        try
        {
            using var request = RequestOf(call);
            using var answer = await app.Http.SendAsync(request, ct);
            var reply = new Reply((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(ct));
            if (reply.Status < 500)
            {
                CheckValues(call, reply);
                return reply;
            }
            // A 503 of the app says that nothing was done; a 500 says nothing, and one without a body is the host's.
            if (world.Faults.WereNoneSince(started))
                world.Model.Report(
                    "no fault of the app's own",
                    "an answer below 500",
                    $"{call.Method} {call.Path}: {reply.Status} {reply.Text}"
                );
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException or SocketException)
        {
            if (world.Faults.WereNoneSince(started))
                world.Model.Report(
                    "no fault of the app's own",
                    "an answer",
                    $"{call.Method} {call.Path}: {ex.Message}"
                );
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            // A worker that was killed may take as long to start anew where the machine is busy.
            if (world.Faults.WereNoneSince(started - Recovery))
                world.Model.Report("no fault of the app's own", "an answer within 90 s", $"{call.Method} {call.Path}");
        }
        Interlocked.Increment(ref _broken);
        return null;
    }

    /// <summary>Partners and operators see values masked.</summary>
    private void CheckValues(Call call, Reply reply)
    {
        if (call.Method != HttpMethod.Get || call.Path.StartsWith("/widget", StringComparison.Ordinal))
            return;
        foreach (var marker in world.Markers.In(reply.Text).Where(marker => marker.Exposure == Exposure.Never))
            world.Model.Report("no personal value in clear", "masked values", $"{marker.What} in GET {call.Path}");
    }

    private static HttpRequestMessage RequestOf(Call call)
    {
        var bytes = call.Body is null ? [] : Encoding.UTF8.GetBytes(call.Body.ToJsonString());
        var request = new HttpRequestMessage(call.Method, call.Path);
        if (call.Body is not null)
            request.Content = new ByteArrayContent(bytes)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
        if (call.Key is not null)
            request.Headers.Add("X-API-Key", call.Key);
        if (call.Idempotency is not null)
            request.Headers.Add("Idempotency-Key", call.Idempotency);
        if (call.Session is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", call.Session);
        if (call.Signed is { } key)
        {
            var nonce = Signer.Nonce();
            var signature = Signer.Sign(key.Secret, call.Method.Method, call.Path, nonce, bytes);
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key.Id}:{signature}:{nonce}");
        }
        return request;
    }
}
