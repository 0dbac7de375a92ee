namespace Serverless.Local.Triggers;

/// <summary>Counts work that the clock must wait for when it is moved.</summary>
internal sealed class WorkCounter
{
    private int _work;

    public int Work => Volatile.Read(ref _work);

    /// <summary>Counts one until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _work);
        return new Held(this);
    }

    private sealed class Held(WorkCounter counter) : IDisposable
    {
        private WorkCounter? _counter = counter;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _counter, null) is { } owner)
                Interlocked.Decrement(ref owner._work);
        }
    }
}
