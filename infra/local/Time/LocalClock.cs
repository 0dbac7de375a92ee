using System.Diagnostics;
using Serverless.Local.InWorker;

namespace Serverless.Local.Time;

/// <summary>
/// The one clock of a local app: the machine's time plus an offset that <see cref="AdvanceAsync"/> moves forward.
/// Timers made from it fire in the order of their due times, whether time passes by itself or is moved.
/// </summary>
/// <remarks>
/// Durations (<see cref="TimeProvider.GetTimestamp"/>) stay real: a request that took 3 ms took 3 ms whatever the clock
/// was set to meanwhile.
/// </remarks>
public sealed class LocalClock : TimeProvider, IDisposable
{
    /// <summary>
    /// How long, in real time, a step waits for the work that it caused before the clock moves on without it.
    /// </summary>
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly PriorityQueue<(LocalTimer Timer, long Version), (long Due, long Order)> _due = new();
    private readonly SemaphoreSlim _advancing = new(1, 1);
    private readonly Timer _wake;
    private readonly List<Func<int>> _busy = [];
    private readonly HashSet<Excused> _excused = [];
    private long _offsetTicks;
    private long _frozenAtTicks;
    private long _order;
    private bool _disposed;
    private volatile bool _stands;
    private volatile ClockFile? _shared;

    /// <summary>Creates a clock that is <paramref name="offset"/> ahead of the machine's.</summary>
    public LocalClock(TimeSpan offset = default)
    {
        _offsetTicks = offset.Ticks;
        _wake = new Timer(_ => FireDue(), null, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>How far ahead of the machine's time this clock is.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref _offsetTicks));

    /// <summary>
    /// Raised when the clock was moved, at the end and at each step before what falls due then, with the offset to take
    /// up again after a crash.
    /// </summary>
    internal event Action<TimeSpan>? Moved;

    /// <summary>From now on every move is written where another process can read it.</summary>
    internal void Share(ClockFile file)
    {
        _shared = file;
        Show();
    }

    /// <summary>
    /// Stops the clock for good: from now on it moves by <see cref="AdvanceAsync"/> alone, so that what happens at one
    /// moment bears one time.
    /// </summary>
    internal void Stand()
    {
        _stands = true;
        Interlocked.CompareExchange(ref _frozenAtTicks, GetUtcNow().Ticks, 0);
        Show();
    }

    /// <summary>Takes up the offset of an earlier run. Only before anything has read the clock.</summary>
    internal void Restore(TimeSpan offset)
    {
        Interlocked.Exchange(ref _offsetTicks, offset.Ticks);
        Show();
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        // While the clock is being advanced it stands still at the due time of the step, so that what falls due sees
        // the moment it fell due.
        var frozen = Interlocked.Read(ref _frozenAtTicks);
        return frozen != 0
            ? new DateTimeOffset(frozen, TimeSpan.Zero)
            : DateTimeOffset.UtcNow.AddTicks(Interlocked.Read(ref _offsetTicks));
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new LocalTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Says when the app still works on something: the clock then waits before it moves on. Asked often; must be quick
    /// and safe from any thread.
    /// </summary>
    internal void AddBusyProbe(Func<bool> probe) => AddWorkProbe(() => probe() ? int.MaxValue : 0);

    /// <summary>The same for work that is counted, so that <see cref="Excuse"/> can take a piece of it out.</summary>
    internal void AddWorkProbe(Func<int> probe)
    {
        lock (_lock)
            _busy.Add(probe);
    }

    /// <summary>
    /// The caller knows that one function that runs waits for a moment of this clock and for nothing else (it calls a
    /// server that hangs, say): until then, or until the result is disposed of, the clock moves on without it.
    /// </summary>
    internal IDisposable Excuse(DateTimeOffset until)
    {
        var excused = new Excused(this, until);
        lock (_lock)
            _excused.Add(excused);
        return excused;
    }

    /// <summary>True while any probe says that work is under way that is not excused.</summary>
    internal bool IsBusy
    {
        get
        {
            Func<int>[] probes;
            var excused = 0;
            lock (_lock)
            {
                probes = [.. _busy];
                foreach (var piece in _excused)
                    excused += piece.Until > GetUtcNow() ? 1 : 0;
            }
            return Array.Exists(probes, probe => probe() > excused);
        }
    }

    /// <summary>Waits until no work is under way, at most <paramref name="limit"/> of real time.</summary>
    /// <returns>True when idle, false when the limit passed first.</returns>
    public async Task<bool> WhenIdleAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        var started = Stopwatch.GetTimestamp();
        while (IsBusy)
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
                return false;

            // Most steps are over at once: thousands of timers would take a millisecond each only because a delay
            // cannot be shorter.
            if (Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(1))
                await Task.Yield();
            else
                await Task.Delay(1, cancellationToken).ConfigureAwait(false);
        }
        return true;
    }

    /// <summary>
    /// Moves the clock forward. Everything that falls due on the way runs in the order of its due time, and what it
    /// causes is waited for before the next step (up to two real seconds a step, so that a hanging request cannot stop
    /// time).
    /// </summary>
    public async Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        await _advancing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await WhenIdleAsync(StepLimit, cancellationToken).ConfigureAwait(false);
            var target = GetUtcNow().Ticks + by.Ticks;
            try
            {
                while (TryNextDue(target, out var due))
                {
                    var step = Math.Max(due, GetUtcNow().Ticks);
                    Interlocked.Exchange(ref _frozenAtTicks, step);
                    Show();
                    // Before the step's work: what it causes must not lie in the future if the process dies before the
                    // last step.
                    Moved?.Invoke(TimeSpan.FromTicks(step - DateTimeOffset.UtcNow.Ticks));
                    Fire(until: due);
                    await WhenIdleAsync(StepLimit, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                // A cancelled call leaves the clock where it got to, never half way between frozen and running.
                var reached = cancellationToken.IsCancellationRequested ? GetUtcNow().Ticks : target;
                Interlocked.Exchange(ref _offsetTicks, reached - DateTimeOffset.UtcNow.Ticks);
                Interlocked.Exchange(ref _frozenAtTicks, _stands ? reached : 0);
                Show();
                Moved?.Invoke(Offset);
            }
            FireDue();
            await WhenIdleAsync(StepLimit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _advancing.Release();
        }
    }

    /// <summary>
    /// Takes the clock back to the machine's time. What has fallen due stays done, with the times that it bears; what
    /// is still to come keeps its moment, which is as much further away now.
    /// </summary>
    public async Task ReturnAsync(CancellationToken cancellationToken = default)
    {
        await _advancing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await WhenIdleAsync(StepLimit, cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _offsetTicks, 0);
            Interlocked.Exchange(ref _frozenAtTicks, _stands ? DateTimeOffset.UtcNow.Ticks : 0);
            Show();
            Moved?.Invoke(TimeSpan.Zero);
            lock (_lock)
                SetWake();
        }
        finally
        {
            _advancing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _due.Clear();
        }
        _wake.Dispose();
        _advancing.Dispose();
    }

    private void Show() => _shared?.Write(Interlocked.Read(ref _offsetTicks), Interlocked.Read(ref _frozenAtTicks));

    private bool TryNextDue(long until, out long due)
    {
        lock (_lock)
        {
            DropStale();
            due = 0;
            if (!_due.TryPeek(out _, out var key) || key.Due > until)
                return false;
            due = key.Due;
            return true;
        }
    }

    private void FireDue()
    {
        if (Interlocked.Read(ref _frozenAtTicks) == 0)
            Fire(GetUtcNow().Ticks);
        lock (_lock)
            SetWake();
    }

    private void Fire(long until)
    {
        while (true)
        {
            LocalTimer timer;
            lock (_lock)
            {
                DropStale();
                if (_disposed || !_due.TryPeek(out var next, out var key) || key.Due > until)
                    return;
                _due.Dequeue();
                timer = next.Timer;
                if (timer.Period > TimeSpan.Zero)
                    Enqueue(timer, key.Due + timer.Period.Ticks);
                else
                    timer.Version++;
            }
            Call(timer);
        }
    }

    /// <summary>
    /// Without the caller's context, so that what awaits a delay goes on within the callback and shows as busy before
    /// the clock looks.
    /// </summary>
    private static void Call(LocalTimer timer)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            timer.Callback(timer.State);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void DropStale()
    {
        while (_due.TryPeek(out var next, out _) && next.Timer.Version != next.Version)
            _due.Dequeue();
    }

    private void Enqueue(LocalTimer timer, long due) => _due.Enqueue((timer, timer.Version), (due, _order++));

    private void SetWake()
    {
        if (_disposed || Interlocked.Read(ref _frozenAtTicks) != 0)
            return;
        DropStale();
        if (!_due.TryPeek(out _, out var key))
        {
            _wake.Change(Timeout.Infinite, Timeout.Infinite);
            return;
        }
        var wait = TimeSpan.FromTicks(Math.Max(0, key.Due - GetUtcNow().Ticks));
        _wake.Change(wait < LongestSleep ? wait : LongestSleep, Timeout.InfiniteTimeSpan);
    }

    private sealed class Excused(LocalClock clock, DateTimeOffset until) : IDisposable
    {
        public DateTimeOffset Until => until;

        public void Dispose()
        {
            lock (clock._lock)
                clock._excused.Remove(this);
        }
    }

    private sealed class LocalTimer(LocalClock clock, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback { get; } = callback;
        public object? State { get; } = state;
        public TimeSpan Period { get; private set; }

        /// <summary>Rises with every change; an entry of the queue with another version is stale.</summary>
        public long Version { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (clock._disposed)
                    return false;
                Version++;
                Period = period;
                if (dueTime >= TimeSpan.Zero)
                    clock.Enqueue(this, clock.GetUtcNow().Ticks + dueTime.Ticks);
                clock.SetWake();
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
