using System.Collections.Concurrent;

namespace Serverless.Functions.Partners;

/// <summary>
/// Remembers for a while what was read. Who asks for the same at the same time shares one read; what was not found, or
/// could not be read, is asked for again.
/// </summary>
/// <remarks>
/// Own code on purpose. <c>HybridCache</c> lets a caller join a read that began before a removal and keeps its result
/// afterwards, so that a revoked key could work on; it remembers what was not found; and its entries live by a clock
/// that is not the app's, and longer after a step back of it.
/// </remarks>
internal sealed class RecentReads<TKey, TValue>(Func<TKey, Task<TValue?>> read, TimeSpan lifetime, TimeProvider time)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    /// <summary>What was found within the last <c>lifetime</c>, or is found now; null: nothing.</summary>
    public Task<TValue?> FindAsync(TKey key, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (!_entries.TryGetValue(key, out var entry) || !IsFresh(entry, now))
        {
            var begun = new Entry(now);
            begun.Read = new Lazy<Task<TValue?>>(() => ReadAsync(key, begun));
            // Another caller may have been faster.
            entry = _entries.AddOrUpdate(key, begun, (_, standing) => IsFresh(standing, now) ? standing : begun);
        }
        return entry.Read.Value.WaitAsync(ct);
    }

    /// <summary>Who asks from now on reads anew; a read that is under way is for those who wait for it already.</summary>
    public void Forget(TKey key) => _entries.TryRemove(key, out _);

    /// <summary>The same for all keys.</summary>
    public void ForgetAll() => _entries.Clear();

    /// <summary>Counted from the read's beginning, and back from it too: a clock may be set back.</summary>
    private bool IsFresh(Entry entry, DateTimeOffset now) => (now - entry.Since).Duration() < lifetime;

    private async Task<TValue?> ReadAsync(TKey key, Entry entry)
    {
        TValue? found = null;
        try
        {
            return found = await read(key);
        }
        finally
        {
            if (found is null)
                _entries.TryRemove(KeyValuePair.Create(key, entry));
        }
    }

    private sealed class Entry(DateTimeOffset since)
    {
        public DateTimeOffset Since { get; } = since;

        public Lazy<Task<TValue?>> Read { get; set; } = null!;
    }
}
