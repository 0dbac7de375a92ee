using System.Collections.Concurrent;

namespace Serverless.Functions.Partners;

/// <summary>
/// Cache of reads for a short time. Concurrent calls for the same key share one read; missing values and errors are
/// not cached.
/// </summary>
/// <remarks>
/// Own code on purpose: <c>HybridCache</c> lets a caller join a read that began before a removal and keeps its result
/// afterwards, so that a revoked key could still work. It also caches missing values, and its entries expire by a
/// clock other than the app's, too late if that clock is set back.
/// </remarks>
internal sealed class RecentReads<TKey, TValue>(Func<TKey, Task<TValue?>> read, TimeSpan lifetime, TimeProvider time)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    /// <summary>The cached value, or the result of a new read; null if there is none.</summary>
    public Task<TValue?> FindAsync(TKey key, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (!_entries.TryGetValue(key, out var entry) || !IsFresh(entry, now))
        {
            var begun = new Entry(now);
            begun.Read = new Lazy<Task<TValue?>>(() => ReadAsync(key, begun));
            // Another caller may have been faster.
            entry = _entries.AddOrUpdate(key, begun, (_, existing) => IsFresh(existing, now) ? existing : begun);
        }
        return entry.Read.Value.WaitAsync(ct);
    }

    /// <summary>Later calls read again; a running read only serves the calls that already wait for it.</summary>
    public void Forget(TKey key) => _entries.TryRemove(key, out _);

    /// <summary>The same for all keys.</summary>
    public void ForgetAll() => _entries.Clear();

    /// <summary>Age since the start of the read. Absolute, because a clock may be set back.</summary>
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
