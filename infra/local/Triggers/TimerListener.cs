using System.Text.Json;
using Microsoft.Extensions.Logging;
using NCrontab;
using Serverless.Local.Hosting;
using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Triggers;

/// <summary>Runs a function on its schedule, one run at a time.</summary>
internal sealed partial class TimerListener(
    LoadedFunction function,
    CrontabSchedule schedule,
    bool runOnStartup,
    FunctionsWorker worker,
    WorkCounter work,
    TimeProvider clock,
    ILogger logger
) : ITriggerListener, IDisposable
{
    /// <summary>How late a run may start before its function is told so.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private Task _running = Task.CompletedTask;
    private DateTime _last;
    private DateTime _due;
    private int _attempt;

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    /// <exception cref="StartupException">The schedule is malformed.</exception>
    public static CrontabSchedule Parse(LoadedFunction function, string text)
    {
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields == 1)
            throw new StartupException(
                $"Function '{function.Name}' ({function.EntryPoint}) has the schedule '{text}', an interval, "
                    + "which Azure supports on dedicated plans only; write a schedule such as '0 */5 * * * *'."
            );
        return CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = fields == 6 })
            ?? throw new StartupException(
                $"Function '{function.Name}' ({function.EntryPoint}) has the schedule '{text}', which is none: "
                    + "write six fields such as '0 */5 * * * *'."
            );
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _due = Now;
        _timer = clock.CreateTimer(_ => Begin(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (runOnStartup)
            Begin();
        else
            WaitForNext();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task running;
        lock (_lock)
            running = _running;
        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_timer is not null)
            await _timer.DisposeAsync().ConfigureAwait(false);
        if (running.IsCompleted)
            Dispose();
    }

    public void Dispose() => _stopping.Dispose();

    private void Begin()
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
                return;
            // Held before the clock's callback returns, so that a clock being moved waits for the run.
            var held = work.Hold();
            // Moving the clock is somebody's request; the run is nobody's.
            using (ExecutionContext.SuppressFlow())
                _running = Task.Run(() => RunAsync(held));
        }
    }

    private async Task RunAsync(IDisposable held)
    {
        using var _ = held;
        var failed = false;
        try
        {
            var retry = new RetryContext { RetryCount = _attempt, MaxRetryCount = function.Retry?.MaxRetryCount ?? 0 };
            var response = await worker
                .InvokeAsync(
                    Guid.NewGuid().ToString(),
                    function,
                    new TypedData { Json = Info() },
                    null,
                    retry,
                    _stopping.Token
                )
                .ConfigureAwait(false);
            failed = response.Result.Status != StatusResult.Types.Status.Success;
            if (failed && !_stopping.IsCancellationRequested)
                LogFailed(logger, function.Name, response.Result.Exception?.Message);
        }
        catch (WorkerLostException ex) when (!_stopping.IsCancellationRequested)
        {
            LogFailed(logger, function.Name, ex.Message);
            failed = true;
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Cut short by the end of the app.
            return;
        }
        SetTimer(failed);
    }

    private string Info() =>
        JsonSerializer.Serialize(
            new
            {
                Schedule = new { AdjustForDST = true },
                ScheduleStatus = new
                {
                    Last = _last,
                    Next = schedule.GetNextOccurrence(Now),
                    LastUpdated = _last,
                },
                IsPastDue = Now - _due > Late,
            }
        );

    /// <summary>
    /// A retry waits on the same timer as the next run, so that the clock sees no gap between the wait and the work.
    /// </summary>
    private void SetTimer(bool failed)
    {
        if (failed && function.Retry is { } retry && (retry.MaxRetryCount < 0 || _attempt < retry.MaxRetryCount))
        {
            var delay = Delay(retry, _attempt++);
            _due = Now + delay;
            _timer!.Change(delay, Timeout.InfiniteTimeSpan);
            return;
        }
        _attempt = 0;
        _last = _due;
        WaitForNext();
    }

    private void WaitForNext()
    {
        _due = schedule.GetNextOccurrence(Now);
        _timer!.Change(_due - Now, Timeout.InfiniteTimeSpan);
    }

    private static TimeSpan Delay(RpcRetryOptions retry, int attempt) =>
        retry.RetryStrategy == RpcRetryOptions.Types.RetryStrategy.FixedDelay
            ? retry.DelayInterval.ToTimeSpan()
            : TimeSpan.FromSeconds(
                Math.Min(
                    retry.MaximumInterval.ToTimeSpan().TotalSeconds,
                    retry.MinimumInterval.ToTimeSpan().TotalSeconds * Math.Pow(2, attempt)
                )
            );

    [LoggerMessage(1, LogLevel.Error, "Function '{Function}' failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string? reason);
}
