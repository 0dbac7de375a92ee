namespace Serverless.Local.InWorker;

/// <summary>The host's clock, in a worker process of its own.</summary>
/// <remarks>Durations stay real, as they do for the host.</remarks>
internal sealed class FileClock(ClockFile file) : TimeProvider
{
    /// <summary>How late, in real time, a timer may notice that the clock was moved.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => file.Now;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new PolledTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class PolledTimer : ITimer
    {
        private readonly FileClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly Lock _lock = new();
        private readonly Timer _real;
        private DateTimeOffset? _due;
        private DateTimeOffset _seen;
        private TimeSpan _period;

        public PolledTimer(FileClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _real = new Timer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _seen = _clock.GetUtcNow();
                _due = dueTime < TimeSpan.Zero ? null : _seen + dueTime;
                _period = period;
                return SetWake();
            }
        }

        public void Dispose()
        {
            lock (_lock)
                _due = null;
            _real.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Look()
        {
            lock (_lock)
            {
                if (_due is not { } due)
                    return;
                var now = _clock.GetUtcNow();
                // The clock was taken back: what the app waits for is no longer away than before.
                if (now < _seen)
                    _due = due -= _seen - now;
                _seen = now;
                if (due > now)
                {
                    SetWake();
                    return;
                }
                _due = _period > TimeSpan.Zero ? due + _period : null;
                SetWake();
            }
            _callback(_state);
        }

        private static TimeSpan Bounded(TimeSpan left)
        {
            if (left <= TimeSpan.Zero)
                return TimeSpan.Zero;
            return left < LongestSleep ? left : LongestSleep;
        }

        private bool SetWake()
        {
            var wait = _due is { } due ? Bounded(due - _clock.GetUtcNow()) : Timeout.InfiniteTimeSpan;
            try
            {
                return _real.Change(wait, Timeout.InfiniteTimeSpan);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }
}
