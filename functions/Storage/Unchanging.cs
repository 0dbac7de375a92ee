using Microsoft.Extensions.Caching.Memory;

namespace Serverless.Functions.Storage;

/// <summary>
/// Keeps in memory what was read of rows that never change, so that it is not read again: of the last 10,000 at least
/// those that are used. Another instance reads it once for itself.
/// </summary>
internal sealed class Unchanging<TKey, TValue> : IDisposable
    where TKey : notnull
    where TValue : class
{
    private const int Most = 10_000;
    private readonly MemoryCache _values = new(new MemoryCacheOptions { SizeLimit = Most });

    /// <summary>The value, from memory if it is there; null if there is none, which is not kept.</summary>
    public async Task<TValue?> FindAsync(TKey key, Func<Task<TValue?>> read)
    {
        if (_values.TryGetValue(key, out TValue? known))
            return known;
        if (await read() is not { } found)
            return null;
        _values.Set(key, found, new MemoryCacheEntryOptions { Size = 1 });
        return found;
    }

    public void Dispose() => _values.Dispose();
}
