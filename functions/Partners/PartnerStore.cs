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
    private const string KeyRow = "key";
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

    /// <summary>A partner's keys, oldest first.</summary>
    public async Task<IReadOnlyList<KeyView>> KeysOfAsync(PartnerId id, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {id.Value} and RowKey gt {KeyRows} and RowKey lt {AfterKeyRows}"
        );
        var keys = new List<KeyView>();
        await foreach (var row in tables.Partners.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            keys.Add(new KeyView { KeyPrefix = row.RowKey[KeyRows.Length..], CreatedAt = row.Time("CreatedAt") });
        return [.. keys.OrderBy(key => key.CreatedAt)];
    }

    /// <summary>The partner that a key belongs to, or null for an unknown or revoked key.</summary>
    public async Task<PartnerId?> FindByKeyAsync(string keyHash, CancellationToken ct)
    {
        var row = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
            KeyPartition(keyHash),
            KeyRow,
            cancellationToken: ct
        );
        return row.HasValue ? PartnerId.FromStorage(row.Value!.Text("PartnerId")) : null;
    }

    /// <summary>Inserts a partner; false when the id is taken.</summary>
    public async Task<bool> TryAddAsync(Partner partner, CancellationToken ct)
    {
        try
        {
            await tables.Partners.AddEntityAsync(partner.ToRow(), ct);
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

    /// <summary>Stores a new key (hashed); false, without any change, if another key has this prefix.</summary>
    public async Task<bool> TryAddKeyAsync(PartnerId id, ApiKey key, CancellationToken ct)
    {
        try
        {
            await tables.Partners.AddEntityAsync(
                new TableEntity(id.Value, NameRow(key.Prefix)) { ["Hash"] = key.Hash, ["CreatedAt"] = time.Now() },
                ct
            );
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            return false;
        }
        await tables.Partners.AddEntityAsync(
            new TableEntity(KeyPartition(key.Hash), KeyRow) { ["PartnerId"] = id.Value, ["CreatedAt"] = time.Now() },
            ct
        );
        return true;
    }

    /// <summary>Revokes the key with this prefix; its hash, or null when the partner has no such key.</summary>
    public async Task<string?> RevokeKeyAsync(PartnerId id, string prefix, CancellationToken ct)
    {
        var name = await tables.Partners.GetEntityIfExistsAsync<TableEntity>(
            id.Value,
            NameRow(prefix),
            cancellationToken: ct
        );
        if (!name.HasValue)
            return null;
        var hash = name.Value!.Text("Hash");
        await tables.Partners.DeleteEntityAsync(KeyPartition(hash), KeyRow, ETag.All, ct);
        await tables.Partners.DeleteEntityAsync(id.Value, NameRow(prefix), ETag.All, ct);
        return hash;
    }

    private static string KeyPartition(string hash) => KeyRows + hash;

    private static string NameRow(string prefix) => KeyRows + prefix;
}
