using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// Partners by key and by id, remembered for five seconds. What an operator changes holds at once on the instance that
/// changed it and within <see cref="Staleness"/> on every other.
/// </summary>
/// <remarks>A read is shared by all who wait for it, so no caller's giving up ends it.</remarks>
internal sealed class PartnerDirectory(PartnerStore store, IdentityKeyStore identityKeys, TimeProvider time)
{
    /// <summary>
    /// The longest time for which another instance may not know of a revoked key, a suspension or a changed endpoint.
    /// </summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(5);

    private readonly RecentReads<string, PartnerId> _keys = new(
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
    /// The partner of a key, or null. A key that is not known is asked for again each time: a new one works at once.
    /// </summary>
    public Task<PartnerId?> FindByKeyAsync(ApiKey key, CancellationToken ct) => _keys.FindAsync(key.Hash, ct);

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

    /// <summary>Forgets a partner that was changed.</summary>
    public void Forget(PartnerId id) => _partners.Forget(id);

    /// <summary>Forgets a key that was revoked.</summary>
    public void ForgetKey(string hash) => _keys.Forget(hash);

    /// <summary>Forgets a key of the identity API that was revoked.</summary>
    public void ForgetIdentityKey(IdentityKeyId id)
    {
        _identityKeys.Forget(id);
        _newestKeys.ForgetAll();
    }
}
