using System.Collections.Concurrent;

namespace Serverless.Campaign;

/// <summary>Which faults are at work, so that nobody is blamed for what they cause.</summary>
internal sealed class Faults
{
    /// <summary>What began during a fault may still suffer from it: retries, messages that come back.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private int _atWork;
    private DateTime _lastEnd;

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public IDisposable Begin(string name)
    {
        _counts.AddOrUpdate(name, 1, (_, count) => count + 1);
        lock (_lock)
            _atWork++;
        return new Fault(this);
    }

    /// <summary>Whether none was at work since then.</summary>
    public bool WereNoneSince(DateTime start)
    {
        lock (_lock)
            return _atWork == 0 && start > _lastEnd + Aftermath;
    }

    private sealed class Fault(Faults faults) : IDisposable
    {
        public void Dispose()
        {
            lock (faults._lock)
            {
                faults._atWork--;
                faults._lastEnd = DateTime.UtcNow;
            }
        }
    }
}
