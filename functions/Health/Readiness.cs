using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Serverless.Functions.Health;

/// <summary>
/// <c>GET /health/ready</c>: 200 when a request could be served now, else 503; which check failed, but never why.
/// </summary>
internal sealed class Readiness(ReadinessRounds rounds)
{
    [Function(nameof(Readiness))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/ready")] HttpRequest http
    )
    {
        var report = await rounds.LookAsync(http.HttpContext.RequestAborted);
        var isReady = report.Status == HealthStatus.Healthy;
        return new HealthAnswer(
            isReady ? 200 : 503,
            new
            {
                status = isReady ? "ready" : "unavailable",
                checks = report.Entries.ToDictionary(
                    check => check.Key,
                    check => check.Value.Status == HealthStatus.Healthy ? "ok" : "failed"
                ),
            }
        );
    }
}

/// <summary>
/// Anybody may ask, so that the result of a round is kept for ten seconds and everybody who comes meanwhile waits for
/// the same round: an instance does one every ten seconds at most. The framework would check for each request.
/// </summary>
internal sealed class ReadinessRounds(HealthCheckService checks, TimeProvider time)
{
    /// <summary>How long a result is given out.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task<(HealthReport Report, DateTimeOffset At)>? _round;

    /// <summary>The present state, at most <see cref="Kept"/> old.</summary>
    public async Task<HealthReport> LookAsync(CancellationToken ct)
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
        round.IsCompletedSuccessfully && time.GetUtcNow() - round.Result.At < Kept;

    private async Task<(HealthReport Report, DateTimeOffset At)> CheckAsync() =>
        (await checks.CheckHealthAsync(CancellationToken.None), time.GetUtcNow());
}
