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
