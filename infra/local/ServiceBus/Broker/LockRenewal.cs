using Azure.Messaging.ServiceBus;

namespace Serverless.Local.Messaging;

/// <summary>
/// Keeps the locks of a processor's handlers alive, with one timer for all of them. A lock is renewed ten seconds before its end, or at half its remaining time
/// where that is later, until the handler has had it for the processor's longest renewal duration.
/// </summary>
internal sealed class LockRenewal : IDisposable
{
    private static readonly TimeSpan LongestBuffer = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<ServiceBusReceivedMessage, (DateTimeOffset Due, DateTimeOffset End)> _held = new(ReferenceEqualityComparer.Instance);
    private readonly MessageQueue _queue;
    private readonly TimeSpan _longest;
    private readonly Func<Exception, ServiceBusErrorSource, Task> _raise;
    private readonly ITimer _timer;
    private DateTimeOffset _armedFor = DateTimeOffset.MaxValue;

    public LockRenewal(MessageQueue queue, TimeSpan longest, Func<Exception, ServiceBusErrorSource, Task> raise)
    {
        _queue = queue;
        _longest = longest;
        _raise = raise;
        _timer = queue.Clock.CreateTimer(_ => RenewDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(ServiceBusReceivedMessage message)
    {
        if (_longest == TimeSpan.Zero)
            return;
        lock (_lock)
        {
            var now = _queue.Clock.GetUtcNow();
            var end = _longest == Timeout.InfiniteTimeSpan || _longest > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + _longest;
            Plan(message, now, end);
        }
    }

    public void Remove(ServiceBusReceivedMessage message)
    {
        lock (_lock)
            _held.Remove(message);
    }

    public void Dispose() => _timer.Dispose();

    private void RenewDue()
    {
        lock (_lock)
        {
            var now = _queue.Clock.GetUtcNow();
            _armedFor = DateTimeOffset.MaxValue;
            foreach (var (message, (due, end)) in _held.ToList())
            {
                if (due > now)
                {
                    Plan(message, due, end, due);
                    continue;
                }
                _held.Remove(message);
                try
                {
                    message.LockedUntil = _queue.RenewLock(message.LockTokenGuid);
                    Plan(message, now, end);
                }
                catch (ServiceBusException ex)
                {
                    // Settled by its handler a moment ago, or lost: in both cases there is nothing to renew any more.
                    if (!message.IsSettled)
                        _ = Task.Run(() => _raise(ex, ServiceBusErrorSource.RenewLock));
                }
            }
        }
    }

    private void Plan(ServiceBusReceivedMessage message, DateTimeOffset now, DateTimeOffset end, DateTimeOffset? planned = null)
    {
        var left = message.LockedUntil - now;
        var due = planned ?? message.LockedUntil - (left / 2 < LongestBuffer ? left / 2 : LongestBuffer);
        if (due > end)
            return;
        _held[message] = (due, end);
        if (due >= _armedFor)
            return;
        _armedFor = due;
        var wait = due - _queue.Clock.GetUtcNow();
        _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
