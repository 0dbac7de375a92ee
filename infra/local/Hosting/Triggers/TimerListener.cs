using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting;

/// <summary>Runs a function on its schedule, one run at a time.</summary>
internal sealed partial class TimerListener(
    LocalFunctionDefinition function, NCrontab schedule, RetryAttribute? retry, InvocationPipeline pipeline, TimeProvider clock, ILogger logger) : ITriggerListener, IDisposable
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

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _due = Now;
        _timer = clock.CreateTimer(_ => Begin(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (((TimerTriggerAttribute)function.Trigger).RunOnStartup)
            Begin();
        else
        {
            _due = schedule.Next(Now)!.Value;
            _timer.Change(_due - Now, Timeout.InfiniteTimeSpan);
        }
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
            var held = pipeline.Hold();
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
            var info = new TimerInfo
            {
                IsPastDue = Now - _due > Late,
                ScheduleStatus = new ScheduleStatus { Last = _last, Next = schedule.Next(Now)!.Value, LastUpdated = _last },
            };
            await using var context = pipeline.Create(function, info, _stopping.Token, retryCount: _attempt, maxRetryCount: retry?.MaxRetryCount ?? 0);
            await pipeline.RunAsync(context);
        }
        catch (Exception ex) when (!_stopping.IsCancellationRequested)
        {
            LogFailed(logger, ex, function.Name);
            failed = true;
        }
        catch (Exception)
        {
            // Cut short by the end of the app.
            return;
        }
        SetTimer(failed);
    }

    /// <summary>A retry waits on the same timer as the next run, so that the clock sees no gap between the wait and the work.</summary>
    private void SetTimer(bool failed)
    {
        if (failed && retry is not null && (retry.MaxRetryCount < 0 || _attempt < retry.MaxRetryCount))
        {
            var delay = Delay(retry, _attempt++);
            _due = Now + delay;
            _timer!.Change(delay, Timeout.InfiniteTimeSpan);
            return;
        }
        _attempt = 0;
        _last = _due;
        _due = schedule.Next(Now)!.Value;
        _timer!.Change(_due - Now, Timeout.InfiniteTimeSpan);
    }

    internal static TimeSpan Delay(RetryAttribute retry, int attempt) => retry switch
    {
        FixedDelayRetryAttribute always => TimeSpan.Parse(always.DelayInterval, CultureInfo.InvariantCulture),
        ExponentialBackoffRetryAttribute growing => TimeSpan.FromSeconds(Math.Min(
            TimeSpan.Parse(growing.MaximumInterval, CultureInfo.InvariantCulture).TotalSeconds,
            TimeSpan.Parse(growing.MinimumInterval, CultureInfo.InvariantCulture).TotalSeconds * Math.Pow(2, attempt))),
        _ => throw new NotSupportedException($"{retry.GetType().Name} is not supported."),
    };

    [LoggerMessage(1, LogLevel.Error, "Function '{Function}' failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string function);
}
