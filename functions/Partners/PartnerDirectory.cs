using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// Cache of partners by key and by id. An operator's change is effective at once on the instance that made it, and
/// within <see cref="Staleness"/> on every other.
/// </summary>
/// <remarks>Concurrent callers share a read, so a caller that cancels does not end it.</remarks>
internal sealed class PartnerDirectory(
    PartnerStore store,
    IdentityKeyStore identityKeys,
    KeyUses uses,
    TimeProvider time
)
{
    /// <summary>
    /// The longest time until other instances notice a revoked key, a suspension or a changed endpoint.
    /// </summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(5);

    private readonly RecentReads<string, KeyOwner> _keys = new(
        hash => store.FindByKeyAsync(hash, CancellationToken.None),
        Staleness,
        time
    );
    private readonly RecentReads<IdentityKeyId, IdentityKey> _identityKeys = new(
        id => identityKeys.FindAsync(id, CancellationToken.None),
        Staleness,
        time
    );
    private readonly RecentReads<PartnerId, IdentityKey> _newestKeys = new(
        partner => identityKeys.FindNewestAsync(partner, CancellationToken.None),
        Staleness,
        time
    );
    private readonly RecentReads<PartnerId, Partner> _partners = new(
        id => store.FindAsync(id, CancellationToken.None),
        Staleness,
        time
    );

    /// <summary>
    /// The partner of a key that is being used, or null. Unknown keys are not cached, so that a new key works at once.
    /// </summary>
    public Task<PartnerId?> FindByKeyAsync(ApiKey key, CancellationToken ct) => FindByKeyHashAsync(key.Hash, ct);

    /// <summary>The same by the key's hash.</summary>
    public async Task<PartnerId?> FindByKeyHashAsync(string hash, CancellationToken ct)
    {
        if (await _keys.FindAsync(hash, ct) is not { } owner)
            return null;
        uses.Note(owner.Use);
        return owner.Partner;
    }

    /// <summary>The key of the identity API with its secret, or null.</summary>
    public Task<IdentityKey?> FindIdentityKeyAsync(IdentityKeyId id, CancellationToken ct) =>
        _identityKeys.FindAsync(id, ct);

    /// <summary>
    /// The partner's newest key of the identity API, which signs what is sent to it; null when it has none.
    /// </summary>
    public Task<IdentityKey?> FindNewestIdentityKeyAsync(PartnerId id, CancellationToken ct) =>
        _newestKeys.FindAsync(id, ct);

    /// <summary>The partner, or null.</summary>
    public Task<Partner?> FindAsync(PartnerId id, CancellationToken ct) => _partners.FindAsync(id, ct);

    /// <summary>Drops a changed partner from the cache.</summary>
    public void Forget(PartnerId id) => _partners.Forget(id);

    /// <summary>Drops a revoked key from the cache.</summary>
    public void ForgetKey(string hash) => _keys.Forget(hash);

    /// <summary>Drops a revoked key of the identity API from the cache.</summary>
    public void ForgetIdentityKey(IdentityKeyId id)
    {
        _identityKeys.Forget(id);
        _newestKeys.ForgetAll();
    }
}
