using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>Keys of the identity API in the table Partners, their secrets wrapped by the key ring.</summary>
/// <remarks>
/// A key has two rows: <c>identity-key|{id}</c> in its own partition, for authentication, and the same in the
/// partner's partition, for finding a partner's keys. The first is written last and removed first, so a key that is
/// half created or half revoked does not work.
/// </remarks>
internal sealed class IdentityKeyStore(
    AppTables tables,
    KeyRing keyRing,
    PartnerEnvironment environment,
    TimeProvider time
)
{
    private const string KeyRow = "key";

    /// <summary>What the names of keys begin with, and what comes after all of them.</summary>
    public const string Prefix = "identity-key|";
    public const string AfterPrefix = "identity-key}";

    /// <summary>The key, or null for an unknown or revoked one.</summary>
    public async Task<IdentityKey?> FindAsync(IdentityKeyId id, CancellationToken ct)
    {
        var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(Name(id), KeyRow, cancellationToken: ct);
        return row is { HasValue: true, Value: { } key }
            ? new IdentityKey(
                id,
                PartnerId.FromStorage(key.Text("PartnerId")),
                IdentitySecret.From(await keyRing.UnwrapTextAsync(key.Text("Secret"), IdentitySecret.Purpose(id), ct))
            )
            : null;
    }

    /// <summary>The partner's newest key that is not revoked; null when it has none.</summary>
    public async Task<IdentityKey?> FindNewestAsync(PartnerId partner, CancellationToken ct)
    {
        var rows = await RowsOfAsync(partner, ct);
        foreach (
            var row in rows.OrderByDescending(row => row.Time("CreatedAt"))
                .ThenBy(row => row.RowKey, StringComparer.Ordinal)
        )
        {
            // A key that is half created or half revoked has only this row.
            if (
                IdentityKeyId.TryParse(row.RowKey[Prefix.Length..], environment, out var id)
                && await FindAsync(id, ct) is { } key
            )
                return key;
        }
        return null;
    }

    /// <summary>A partner's keys without their secrets, oldest first.</summary>
    public async Task<IReadOnlyList<IdentityKeyView>> KeysOfAsync(PartnerId partner, CancellationToken ct) =>
        [
            .. (await RowsOfAsync(partner, ct))
                .Select(row => new IdentityKeyView
                {
                    IdentityApiKey = row.RowKey[Prefix.Length..],
                    CreatedAt = row.Time("CreatedAt"),
                })
                .OrderBy(key => key.CreatedAt),
        ];

    private async Task<List<TableEntity>> RowsOfAsync(PartnerId partner, CancellationToken ct)
    {
        var rows = new List<TableEntity>();
        await foreach (
            var row in tables.Partners.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter(
                    $"PartitionKey eq {partner.Value} and RowKey ge {Prefix} and RowKey lt {AfterPrefix}"
                ),
                cancellationToken: ct
            )
        )
            rows.Add(row);
        return rows;
    }

    public async Task AddAsync(IdentityKey key, CancellationToken ct)
    {
        var secret = await keyRing.WrapAsync(key.Secret.Reveal(), IdentitySecret.Purpose(key.Id), ct);
        await tables.Partners.AddEntityAsync(
            new TableEntity(key.Partner.Value, Name(key.Id)) { ["CreatedAt"] = time.Now() },
            ct
        );
        await tables.Partners.AddEntityAsync(
            new TableEntity(Name(key.Id), KeyRow)
            {
                ["PartnerId"] = key.Partner.Value,
                ["Secret"] = secret,
                ["CreatedAt"] = time.Now(),
            },
            ct
        );
    }

    /// <summary>Removes a key; false when the partner has no such key.</summary>
    public async Task<bool> RevokeAsync(PartnerId partner, IdentityKeyId id, CancellationToken ct)
    {
        if (
            !(
                await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
                    partner.Value,
                    Name(id),
                    cancellationToken: ct
                )
            ).HasValue
        )
            return false;
        await tables.Partners.DeleteEntityAsync(Name(id), KeyRow, ETag.All, ct);
        await tables.Partners.DeleteEntityAsync(partner.Value, Name(id), ETag.All, ct);
        return true;
    }

    private static string Name(IdentityKeyId id) => Prefix + id;
}
