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
    /// <summary>What the names of keys begin with, and what comes after all of them.</summary>
    public const string Prefix = "identity-key|";
    public const string AfterPrefix = "identity-key}";

    /// <summary>The key, or null for an unknown or revoked one.</summary>
    public async Task<IdentityKey?> FindAsync(IdentityKeyId id, CancellationToken ct)
    {
        var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
            Name(id),
            KeyUse.RowKey,
            cancellationToken: ct
        );
        return row is { HasValue: true, Value: { } key }
            ? new IdentityKey(
                id,
                PartnerId.FromStorage(key.Text("PartnerId")),
                IdentitySecret.From(await keyRing.UnwrapTextAsync(key.Text("Secret"), IdentitySecret.Purpose(id), ct))
            )
            {
                Use = KeyUse.FromRow(key),
            }
            : null;
    }

    /// <summary>The partner's newest key that is not revoked; null when it has none.</summary>
    public async Task<IdentityKey?> FindNewestAsync(PartnerId partner, CancellationToken ct)
    {
        foreach (var (id, _) in await ReadRowsAsync(partner, ct))
        {
            // A key that is half created or half revoked has only this row.
            if (await FindAsync(id, ct) is { } key)
                return key;
        }
        return null;
    }

    /// <summary>The partner's keys, the newest first.</summary>
    public async Task<IReadOnlyList<StoredIdentityKey>> ListAsync(PartnerId partner, CancellationToken ct)
    {
        var keys = await Task.WhenAll(
            (await ReadRowsAsync(partner, ct)).Select(async known =>
            {
                var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
                    Name(known.Id),
                    KeyUse.RowKey,
                    cancellationToken: ct
                );
                return row.HasValue
                    ? new StoredIdentityKey(known.Id, known.Row.Time("CreatedAt"))
                    {
                        Name = known.Row.GetString("Name"),
                        LastUsedAt = KeyUse.FromRow(row.Value!).LastUsedAt,
                    }
                    : null;
            })
        );
        return [.. keys.OfType<StoredIdentityKey>()];
    }

    /// <summary>The rows in the partner's partition, the newest first.</summary>
    private async Task<List<(IdentityKeyId Id, TableEntity Row)>> ReadRowsAsync(PartnerId partner, CancellationToken ct)
    {
        var rows = new List<(IdentityKeyId Id, TableEntity Row)>();
        await foreach (
            var row in tables.Partners.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter(
                    $"PartitionKey eq {partner.Value} and RowKey ge {Prefix} and RowKey lt {AfterPrefix}"
                ),
                cancellationToken: ct
            )
        )
        {
            if (IdentityKeyId.TryParse(row.RowKey[Prefix.Length..], environment, out var id))
                rows.Add((id, row));
        }
        return
        [
            .. rows.OrderByDescending(known => known.Row.Time("CreatedAt"))
                .ThenBy(known => known.Row.RowKey, StringComparer.Ordinal),
        ];
    }

    /// <summary>Stores a new key, or the rest of one that was half stored.</summary>
    public async Task AddAsync(IdentityKey key, string? name, CancellationToken ct)
    {
        var secret = await keyRing.WrapAsync(key.Secret.Reveal(), IdentitySecret.Purpose(key.Id), ct);
        await AddAsync(
            new TableEntity(key.Partner.Value, Name(key.Id)) { ["Name"] = name, ["CreatedAt"] = time.Now() },
            ct
        );
        await AddAsync(
            new TableEntity(Name(key.Id), KeyUse.RowKey)
            {
                ["PartnerId"] = key.Partner.Value,
                ["Secret"] = secret,
                ["CreatedAt"] = time.Now(),
            },
            ct
        );
    }

    private async Task AddAsync(TableEntity row, CancellationToken ct)
    {
        try
        {
            await tables.Partners.AddEntityAsync(row, ct);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            // A repeated request, or a repetition by the client library: an id is never used for two keys.
        }
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
        await tables.Partners.DeleteEntityAsync(Name(id), KeyUse.RowKey, ETag.All, ct);
        await tables.Partners.DeleteEntityAsync(partner.Value, Name(id), ETag.All, ct);
        return true;
    }

    private static string Name(IdentityKeyId id) => Prefix + id;
}
