using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Serverless.Functions.Health;

/// <summary>
/// <c>GET /health/ready</c>: 200 when requests can be served now, else 503. Names the failed checks, but never the
/// cause.
/// </summary>
internal sealed class Readiness(ReadinessRounds rounds)
{
    [Function(nameof(Readiness))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/ready")] HttpRequest http
    )
    {
        var report = await rounds.ReadAsync(http.HttpContext.RequestAborted);
        var isReady = report.Status == HealthStatus.Healthy;
        return HealthAnswer.Of(
            isReady ? 200 : 503,
            new ReadinessAnswer
            {
                Status = isReady ? ReadinessStatus.Ready : ReadinessStatus.Unavailable,
                Checks = report.Entries.ToDictionary(
                    check => check.Key,
                    check => check.Value.Status == HealthStatus.Healthy ? CheckOutcome.Ok : CheckOutcome.Failed
                ),
            }
        );
    }
}

/// <summary>Whether requests can be served now, and which check says otherwise. The cause is not told.</summary>
internal sealed record ReadinessAnswer
{
    /// <summary>
    /// <c>ready</c> with status 200 when every check passed; <c>unavailable</c> with status 503 when one failed.
    /// </summary>
    /// <example>ready</example>
    public required ReadinessStatus Status { get; init; }

    /// <summary>
    /// The outcome of each check, by its name: <c>storage</c> (a write), <c>queue</c> (a message) and <c>secrets</c>
    /// (the key that every request needs). Up to ten seconds old.
    /// </summary>
    /// <example>{ "storage": "ok", "queue": "ok", "secrets": "ok" }</example>
    public required IReadOnlyDictionary<string, CheckOutcome> Checks { get; init; }
}

/// <summary>Whether requests can be served.</summary>
internal enum ReadinessStatus
{
    /// <summary>Every check passed.</summary>
    Ready,

    /// <summary>At least one check failed.</summary>
    Unavailable,
}

/// <summary>The outcome of a check.</summary>
internal enum CheckOutcome
{
    /// <summary>It passed.</summary>
    Ok,

    /// <summary>It failed, or did not end within three seconds.</summary>
    Failed,
}

/// <summary>
/// Runs the checks at most once in ten seconds per instance: the result is cached, and concurrent requests share one
/// run. The endpoint is public, and the framework alone would run every check for each request.
/// </summary>
internal sealed class ReadinessRounds(HealthCheckService checks, TimeProvider time)
{
    /// <summary>How long a result is cached.</summary>
    public static readonly TimeSpan ResultLifetime = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task<(HealthReport Report, DateTimeOffset At)>? _round;

    /// <summary>The current state, at most <see cref="ResultLifetime"/> old.</summary>
    public async Task<HealthReport> ReadAsync(CancellationToken ct)
    {
        Task<(HealthReport Report, DateTimeOffset At)> round;
        lock (_lock)
        {
            if (_round is not { } last || (last.IsCompleted && !IsFresh(last)))
                _round = Task.Run(CheckAsync, CancellationToken.None);
            round = _round;
        }
        return (await round.WaitAsync(ct)).Report;
    }

    private bool IsFresh(Task<(HealthReport Report, DateTimeOffset At)> round) =>
        round.IsCompletedSuccessfully && time.GetUtcNow() - round.Result.At < ResultLifetime;

    private async Task<(HealthReport Report, DateTimeOffset At)> CheckAsync() =>
        (await checks.CheckHealthAsync(CancellationToken.None), time.GetUtcNow());
}
