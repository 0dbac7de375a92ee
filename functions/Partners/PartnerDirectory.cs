using System.Collections.Concurrent;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// Partners by key and by id, remembered for five seconds. What an operator changes holds at once on the instance that
/// changed it and within <see cref="Staleness"/> on every other.
/// </summary>
internal sealed class PartnerDirectory(PartnerStore store, IdentityKeyStore identityKeys, TimeProvider time)
{
    /// <summary>
    /// The longest time for which another instance may not know of a revoked key, a suspension or a changed endpoint.
    /// </summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Entry<PartnerId>> _keys = new();
    private readonly ConcurrentDictionary<IdentityKeyId, Entry<IdentityKey>> _identityKeys = new();
    private readonly ConcurrentDictionary<PartnerId, Entry<IdentityKey>> _newestKeys = new();
    private readonly ConcurrentDictionary<PartnerId, Entry<Partner>> _partners = new();

    /// <summary>
    /// The partner of a key, or null. A key that is not known is asked for again each time: a new one works at once.
    /// </summary>
    public Task<PartnerId?> FindByKeyAsync(ApiKey key, CancellationToken ct) =>
        FindAsync(_keys, key.Hash, hash => store.FindByKeyAsync(hash, ct));

    /// <summary>The key of the identity API with its secret, or null.</summary>
    public Task<IdentityKey?> FindIdentityKeyAsync(IdentityKeyId id, CancellationToken ct) =>
        FindAsync(_identityKeys, id, key => identityKeys.FindAsync(key, ct));

    /// <summary>
    /// The partner's newest key of the identity API, which signs what is sent to it; null when it has none.
    /// </summary>
    public Task<IdentityKey?> FindNewestIdentityKeyAsync(PartnerId id, CancellationToken ct) =>
        FindAsync(_newestKeys, id, partner => identityKeys.FindNewestAsync(partner, ct));

    /// <summary>The partner, or null.</summary>
    public Task<Partner?> FindAsync(PartnerId id, CancellationToken ct) =>
        FindAsync(_partners, id, key => store.FindAsync(key, ct));

    /// <summary>Forgets a partner that was changed.</summary>
    public void Forget(PartnerId id) => _partners.TryRemove(id, out _);

    /// <summary>Forgets a key that was revoked.</summary>
    public void ForgetKey(string hash) => _keys.TryRemove(hash, out _);

    /// <summary>Forgets a key of the identity API that was revoked.</summary>
    public void ForgetIdentityKey(IdentityKeyId id)
    {
        _identityKeys.TryRemove(id, out _);
        _newestKeys.Clear();
    }

    private async Task<TValue?> FindAsync<TKey, TValue>(
        ConcurrentDictionary<TKey, Entry<TValue>> cache,
        TKey key,
        Func<TKey, Task<TValue?>> read
    )
        where TKey : notnull
        where TValue : class
    {
        var now = time.GetUtcNow();
        if (cache.TryGetValue(key, out var known) && now < known.Until && now > known.Until - Staleness - Staleness)
            return known.Value;
        var found = await read(key);
        if (found is null)
            cache.TryRemove(key, out _);
        else
            cache[key] = new Entry<TValue>(found, now + Staleness);
        return found;
    }

    private sealed record Entry<TValue>(TValue Value, DateTimeOffset Until);
}
