using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Http;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Partners;

/// <summary>Keys of the identity API in the table Partners, their secrets wrapped by the key ring.</summary>
/// <remarks>
/// A key has two rows: <c>identity-key|{id}</c> in a partition of its own, which a request is authenticated by, and the same in the partner's partition, which says
/// whose it is. The first is written last and removed first, so a key that is half created or half revoked does not work.
/// </remarks>
internal sealed class IdentityKeyStore(AppTables tables, KeyRing keyRing, TimeProvider time)
{
    private const string KeyRow = "key";

    /// <summary>The key, or null for an unknown or revoked one.</summary>
    public async Task<IdentityKey?> FindAsync(IdentityKeyId id, CancellationToken ct)
    {
        var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(Name(id), KeyRow, cancellationToken: ct);
        return row is { HasValue: true, Value: { } key }
            ? new IdentityKey(
                id, PartnerId.FromStorage(key.Text("PartnerId")), IdentitySecret.From(await keyRing.UnwrapTextAsync(key.Text("Secret"), IdentitySecret.Purpose(id), ct)))
            : null;
    }

    public async Task AddAsync(IdentityKey key, CancellationToken ct)
    {
        var secret = await keyRing.WrapAsync(key.Secret.Reveal(), IdentitySecret.Purpose(key.Id), ct);
        await tables.Partners.AddEntityAsync(new TableEntity(key.Partner.Value, Name(key.Id)) { ["CreatedAt"] = time.Now() }, ct);
        await tables.Partners.AddEntityAsync(new TableEntity(Name(key.Id), KeyRow) { ["PartnerId"] = key.Partner.Value, ["Secret"] = secret, ["CreatedAt"] = time.Now() }, ct);
    }

    /// <summary>Removes a key; false when the partner has no such key.</summary>
    public async Task<bool> RevokeAsync(PartnerId partner, IdentityKeyId id, CancellationToken ct)
    {
        if (!(await tables.Partners.GetEntityIfExistsAsync<TableEntity>(partner.Value, Name(id), cancellationToken: ct)).HasValue)
            return false;
        await tables.Partners.DeleteEntityAsync(Name(id), KeyRow, ETag.All, ct);
        await tables.Partners.DeleteEntityAsync(partner.Value, Name(id), ETag.All, ct);
        return true;
    }

    private static string Name(IdentityKeyId id) => "identity-key|" + id;
}
