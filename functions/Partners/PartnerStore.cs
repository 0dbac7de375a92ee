using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>Partners and their API keys in the table Partners.</summary>
/// <remarks>
/// A key has two rows: <c>key|{hash}</c> in its own partition, for authentication, and <c>key|{prefix}</c> in the
/// partner's partition, for listing and revoking. The first is written last and removed first, so a key that is half
/// created or half revoked does not work.
/// </remarks>
internal sealed class PartnerStore(AppTables tables, TimeProvider time)
{
    private const string KeyRows = "key|";
    private const string AfterKeyRows = "key}";

    /// <summary>The ranges of partitions that are partners: what stands between are keys.</summary>
    private static readonly (string First, string End)[] BetweenKeys =
    [
        ("", IdentityKeyStore.Prefix),
        (IdentityKeyStore.AfterPrefix, KeyRows),
        (AfterKeyRows, "~"),
    ];

    /// <summary>The partner, or null.</summary>
    public async Task<Partner?> FindAsync(PartnerId id, CancellationToken ct)
    {
        var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
            id.Value,
            Partner.RowKey,
            cancellationToken: ct
        );
        return row.HasValue ? Partner.FromRow(row.Value!) : null;
    }

    /// <summary>
    /// All partners by their id, from the one after <paramref name="after"/> on. Between them stand the partitions of
    /// keys, which are passed over: a query is one range of partners.
    /// </summary>
    public async IAsyncEnumerable<Partner> ReadAllAsync(string? after, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var (first, end) in BetweenKeys)
        {
            if (after is not null && string.CompareOrdinal(after, end) >= 0)
                continue;
            var from = string.CompareOrdinal(after, first) > 0 ? after! : first;
            var filter = TableClient.CreateQueryFilter(
                $"PartitionKey gt {from} and PartitionKey lt {end} and RowKey eq {Partner.RowKey}"
            );
            await foreach (var row in tables.Partners.QueryAsync<TableEntity>(filter, cancellationToken: ct))
                yield return Partner.FromRow(row);
        }
    }

    /// <summary>The partner that a key belongs to, or null for an unknown or revoked key.</summary>
    public async Task<KeyOwner?> FindByKeyAsync(string keyHash, CancellationToken ct)
    {
        var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
            KeyPartition(keyHash),
            KeyUse.RowKey,
            cancellationToken: ct
        );
        return row is { HasValue: true, Value: { } key }
            ? new KeyOwner(PartnerId.FromStorage(key.Text("PartnerId")), KeyUse.FromRow(key))
            : null;
    }

    /// <summary>The partner's keys, the newest first.</summary>
    public async Task<IReadOnlyList<StoredKey>> ListKeysAsync(PartnerId id, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {id.Value} and RowKey gt {KeyRows} and RowKey lt {AfterKeyRows}"
        );
        var names = new List<TableEntity>();
        await foreach (var row in tables.Partners.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            names.Add(row);
        var keys = await Task.WhenAll(
            names.Select(async name =>
                // A key that is half created or half revoked has only this row.
                await FindByKeyAsync(name.Text("Hash"), ct) is { } owner
                    ? new StoredKey(name.RowKey[KeyRows.Length..], name.Text("Hash"), name.Time("CreatedAt"))
                    {
                        Name = name.GetString("Name"),
                        LastUsedAt = owner.Use.LastUsedAt,
                    }
                    : null
            )
        );
        return
        [
            .. keys.OfType<StoredKey>()
                .OrderByDescending(key => key.CreatedAt)
                .ThenBy(key => key.Prefix, StringComparer.Ordinal),
        ];
    }

    /// <summary>The hash of the partner's key with this prefix; null when it has none.</summary>
    public async Task<string?> FindKeyHashAsync(PartnerId id, string prefix, CancellationToken ct)
    {
        var name = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
            id.Value,
            NameRow(prefix),
            cancellationToken: ct
        );
        return name.HasValue ? name.Value!.Text("Hash") : null;
    }

    /// <summary>Inserts a partner; false when the id is taken.</summary>
    public Task<bool> TryAddAsync(Partner partner, CancellationToken ct) => TryAddAsync(partner.ToRow(), ct);

    private async Task<bool> TryAddAsync(TableEntity row, CancellationToken ct)
    {
        try
        {
            await tables.Partners.AddEntityAsync(row, ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            return false;
        }
    }

    /// <summary>
    /// Changes a partner by reading, deciding and writing conditionally; null if the partner does not exist. If
    /// <paramref name="change"/> returns the same instance, nothing is written.
    /// </summary>
    public Task<Partner?> UpdateAsync(PartnerId id, Func<Partner, Partner> change, CancellationToken ct) =>
        Contention.RepeatAsync<Partner?>(
            async () =>
            {
                if (await FindAsync(id, ct) is not { } partner)
                    return null;
                var changed = change(partner);
                if (ReferenceEquals(changed, partner))
                    return partner;
                try
                {
                    await tables.Partners.UpdateEntityAsync(changed.ToRow(), partner.ETag, TableUpdateMode.Replace, ct);
                    return changed;
                }
                catch (RequestFailedException ex) when (ex.IsConflict())
                {
                    return TryResult.Lost;
                }
            },
            ct
        );

    /// <summary>
    /// Stores a new key (hashed), or the rest of one that was half stored; false, without any change, if another key
    /// has this prefix.
    /// </summary>
    public async Task<bool> TryAddKeyAsync(PartnerId id, ApiKey key, string? name, CancellationToken ct)
    {
        var shown = new TableEntity(id.Value, NameRow(key.Prefix))
        {
            ["Hash"] = key.Hash,
            ["Name"] = name,
            ["CreatedAt"] = time.Now(),
        };
        if (!await TryAddAsync(shown, ct) && await FindKeyHashAsync(id, key.Prefix, ct) != key.Hash)
            return false;
        await TryAddAsync(
            new TableEntity(KeyPartition(key.Hash), KeyUse.RowKey)
            {
                ["PartnerId"] = id.Value,
                ["CreatedAt"] = time.Now(),
            },
            ct
        );
        return true;
    }

    /// <summary>Revokes the key with this prefix; its hash, or null when the partner has no such key.</summary>
    public async Task<string?> RevokeKeyAsync(PartnerId id, string prefix, CancellationToken ct)
    {
        if (await FindKeyHashAsync(id, prefix, ct) is not { } hash)
            return null;
        await tables.Partners.DeleteEntityAsync(KeyPartition(hash), KeyUse.RowKey, ETag.All, ct);
        await tables.Partners.DeleteEntityAsync(id.Value, NameRow(prefix), ETag.All, ct);
        return hash;
    }

    private static string KeyPartition(string hash) => KeyRows + hash;

    private static string NameRow(string prefix) => KeyRows + prefix;
}

/// <summary>Whose a key is.</summary>
internal sealed record KeyOwner(PartnerId Partner, KeyUse Use);

/// <summary>A key of a partner as it is stored.</summary>
/// <param name="Prefix">The beginning of the key.</param>
/// <param name="Hash">Of the whole key.</param>
/// <param name="CreatedAt">When it was issued.</param>
internal sealed record StoredKey(string Prefix, string Hash, DateTimeOffset CreatedAt)
{
    public string? Name { get; init; }

    /// <summary>To the hour; null where it was never used.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}
