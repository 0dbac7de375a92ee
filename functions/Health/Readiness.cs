using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Events;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Health;

/// <summary>
/// <c>GET /health/ready</c>: 200 when a request could be served now, else 503; which check failed, but never why.
/// </summary>
internal sealed class Readiness(ReadinessChecks checks)
{
    [Function(nameof(Readiness))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/ready")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var state = await checks.LookAsync(ct);
        return new HealthAnswer(
            state.IsReady ? 200 : 503,
            new
            {
                status = state.IsReady ? "ready" : "unavailable",
                checks = new
                {
                    storage = Word(state.Storage),
                    queue = Word(state.Queue),
                    secrets = Word(state.Secrets),
                },
            }
        );
    }

    private static string Word(bool passed) => passed ? "ok" : "failed";
}

/// <summary>What a round of checks has found.</summary>
internal sealed record ReadinessState(bool Storage, bool Queue, bool Secrets)
{
    public bool IsReady => Storage && Queue && Secrets;
}

/// <summary>
/// A conditional write, a queue send and a secret read, past every cache, side by side. Anybody may ask, so that the
/// result is kept for ten seconds and everybody who comes meanwhile waits for the same round: an instance does one
/// every ten seconds at most.
/// </summary>
internal sealed partial class ReadinessChecks(
    AppTables tables,
    AppQueues queues,
    ISecretSource secrets,
    TimeProvider time,
    ILogger<ReadinessChecks> logger
)
{
    /// <summary>How long a result is given out.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    /// <summary>The time limit of each check.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(3);

    private const string Partition = "ready";
    private const string Row = "probe";

    private readonly Lock _lock = new();
    private Task<(ReadinessState State, DateTimeOffset At)>? _round;
    private ETag _version;

    /// <summary>The present state, at most <see cref="Kept"/> old.</summary>
    public async Task<ReadinessState> LookAsync(CancellationToken ct)
    {
        Task<(ReadinessState State, DateTimeOffset At)> round;
        lock (_lock)
        {
            if (_round is not { } last || (last.IsCompleted && !IsFresh(last.Result.At)))
                _round = Task.Run(CheckAsync, CancellationToken.None);
            round = _round;
        }
        return (await round.WaitAsync(ct)).State;
    }

    private bool IsFresh(DateTimeOffset at) => time.GetUtcNow() - at < Kept;

    private async Task<(ReadinessState State, DateTimeOffset At)> CheckAsync()
    {
        var passed = await Task.WhenAll(
            PassesAsync("storage", WriteAsync),
            PassesAsync("queue", queues.Events.ProbeAsync),
            PassesAsync("secrets", ReadSecretAsync)
        );
        return (new ReadinessState(passed[0], passed[1], passed[2]), time.GetUtcNow());
    }

    private async Task<bool> PassesAsync(string check, Func<CancellationToken, Task> run)
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        try
        {
            // Also where the client does not heed the token.
            await run(limit.Token).WaitAsync(limit.Token);
            return true;
        }
        catch (Exception ex)
        {
            // Whatever it is, it is the answer.
            Failed(logger, check, ex.GetType().Name, (ex as RequestFailedException)?.Status);
            return false;
        }
    }

    /// <summary>
    /// One transaction where this instance wrote last, three where another one did. Who loses twice has seen others
    /// write: storage works.
    /// </summary>
    private async Task WriteAsync(CancellationToken ct)
    {
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var row = new TableEntity(Partition, Row) { ["At"] = time.Now() };
            try
            {
                var written =
                    _version == default
                        ? await tables.Health.AddEntityAsync(row, ct)
                        : await tables.Health.UpdateEntityAsync(row, _version, TableUpdateMode.Replace, ct);
                _version = written.Headers.ETag ?? default;
                return;
            }
            catch (RequestFailedException ex) when (ex.IsConflict() && ex.ErrorCode != "TableNotFound")
            {
                var stored = await tables.Health.GetEntityIfExistsAsync<TableEntity>(
                    Partition,
                    Row,
                    cancellationToken: ct
                );
                _version = stored.HasValue ? stored.Value!.ETag : default;
            }
        }
    }

    private Task ReadSecretAsync(CancellationToken ct) => secrets.GetAsync(KeyRing.SecretName, ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: {Check} failed with {Error} {Status}")]
    private static partial void Failed(ILogger logger, string check, string error, int? status);
}
