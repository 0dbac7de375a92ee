namespace Serverless.Local.Messaging;

/// <summary>
/// Calls back when the next thing of a queue is due by one clock. Used under the queue's lock; calls back outside of
/// it.
/// </summary>
internal sealed class QueueTimer : IAsyncDisposable
{
    /// <summary>Timers take no longer spans than about 49 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    public QueueTimer(TimeProvider time, Action onDue)
    {
        _time = time;
        _timer = time.CreateTimer(
            _ =>
            {
                // Before the call, which arms it anew.
                Volatile.Write(ref _armedFor, long.MaxValue);
                onDue();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>
    /// Sees to it that the call comes no later than <paramref name="due"/>; an earlier one does no harm.
    /// </summary>
    public void Arm(long due)
    {
        if (due >= Volatile.Read(ref _armedFor))
            return;
        Volatile.Write(ref _armedFor, due);
        var wait = TimeSpan.FromTicks(Math.Max(0, due - _time.GetUtcNow().UtcTicks));
        _timer.Change(wait < Longest ? wait : Longest, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
