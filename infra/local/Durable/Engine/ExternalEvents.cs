using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>Events that came before anybody waited (first in, first out) and waits for events to come (the newest wait is served first).</summary>
internal sealed class ExternalEvents(OrchestratorThread thread, DataConverter converter)
{
    private readonly List<EventRaised> _buffer = [];
    private readonly List<Waiter> _waiters = [];

    public IReadOnlyCollection<EventRaised> Unread => _buffer;

    public IReadOnlyCollection<string> WaitedFor => [.. _waiters.Select(waiter => waiter.Name).Distinct(StringComparer.OrdinalIgnoreCase)];

    public Task<T> Wait<T>(string name, CancellationToken cancellationToken)
    {
        var buffered = _buffer.FindIndex(raised => IsNamed(raised.Name, name));
        if (buffered >= 0)
        {
            var payload = _buffer[buffered].Payload;
            _buffer.RemoveAt(buffered);
            return Task.FromResult(converter.Deserialize<T>(payload)!);
        }
        if (_waiters.Exists(other => IsNamed(other.Name, name) && other is not Waiter<T>))
            throw new ArgumentException("Events with the same name must have the same type argument.", nameof(name));
        var waiter = new Waiter<T>(name);
        _waiters.Add(waiter);
        cancellationToken.Register(() =>
        {
            if (thread.TryEnter() && _waiters.Remove(waiter))
                waiter.Source.TrySetCanceled(cancellationToken);
        });
        return waiter.Source.Task;
    }

    public void Deliver(EventRaised raised)
    {
        var newest = _waiters.FindLastIndex(waiter => IsNamed(waiter.Name, raised.Name));
        if (newest < 0)
        {
            _buffer.Add(raised);
            return;
        }
        var waiter = _waiters[newest];
        _waiters.RemoveAt(newest);
        waiter.Complete(converter, raised.Payload);
    }

    public void Keep(EventRaised raised) => _buffer.Add(raised);

    private static bool IsNamed(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private abstract class Waiter(string name)
    {
        public string Name { get; } = name;

        public abstract void Complete(DataConverter converter, string? payload);
    }

    private sealed class Waiter<T>(string name) : Waiter(name)
    {
        public TaskCompletionSource<T> Source { get; } = new();

        public override void Complete(DataConverter converter, string? payload)
        {
            T? value;
            try
            {
                value = converter.Deserialize<T>(payload);
            }
            catch (Exception ex) when (ex is System.Text.Json.JsonException or NotSupportedException)
            {
                Source.TrySetException(ex);
                return;
            }
            Source.TrySetResult(value!);
        }
    }
}
