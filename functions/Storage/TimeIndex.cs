using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Storage;

/// <summary>
/// A table that finds records by their id and lists a partner's records newest first. The persons' partitions are
/// authoritative. An index row is written first, so that a record can be found as soon as it exists; a creation that
/// fails after a conflict may leave its row behind.
/// </summary>
/// <remarks>
/// Partition key: partner and inverted hour; row key: inverted id. Both sort newest first, so a range of hours is one
/// range of keys. Every row has a column <c>CreatedAt</c>, the time in its id. Each change of a record writes its own
/// column, so merges can arrive in any order.
/// </remarks>
internal sealed class TimeIndex(TableClient table)
{
    private const long MaxHour = 9_999_999;

    /// <summary>The id of a row's record.</summary>
    public static Ulid IdOf(TableEntity row) => Ulid.FromStorage(Ulid.Invert(row.RowKey));

    /// <summary>Inserts a row; 409 if it exists.</summary>
    public Task AddAsync(
        PartnerId partner,
        Ulid id,
        IReadOnlyDictionary<string, object?> columns,
        CancellationToken ct
    ) => table.AddEntityAsync(Row(partner, id, columns), ct);

    /// <summary>Deletes a row.</summary>
    public Task RemoveAsync(PartnerId partner, Ulid id, CancellationToken ct) =>
        table.DeleteEntityAsync(PartitionOf(partner, id), id.Inverted, ETag.All, ct);

    /// <summary>A row, or those of its columns that are named; null for an unknown id.</summary>
    public async Task<TableEntity?> FindAsync(
        PartnerId partner,
        Ulid id,
        IEnumerable<string>? select,
        CancellationToken ct
    )
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(PartitionOf(partner, id), id.Inverted, select, ct);
        return row.HasValue ? row.Value : null;
    }

    /// <summary>Writes a row, or merges its columns into the one that is there.</summary>
    public Task UpsertAsync(
        PartnerId partner,
        Ulid id,
        IReadOnlyDictionary<string, object?> columns,
        CancellationToken ct
    ) => table.UpsertEntityAsync(Row(partner, id, columns), TableUpdateMode.Merge, ct);

    /// <summary>Merges columns into a row; those that are null stay as they are.</summary>
    public Task MergeAsync(
        PartnerId partner,
        Ulid id,
        IReadOnlyDictionary<string, object?> columns,
        CancellationToken ct
    ) => table.UpdateEntityAsync(Row(partner, id, columns), ETag.All, TableUpdateMode.Merge, ct);

    /// <summary>The partner's rows of a span, newest first.</summary>
    public AsyncPageable<TableEntity> Read(
        PartnerId partner,
        DateTimeOffset? from,
        DateTimeOffset? to,
        CancellationToken ct
    )
    {
        // No record is older than the Unix epoch, and keys are only ordered from then on.
        if (from <= DateTimeOffset.UnixEpoch)
            from = null;
        // Table Storage rejects times before 1601.
        if (to < DateTimeOffset.UnixEpoch)
            to = DateTimeOffset.UnixEpoch;
        // Hours are inverted: the newest time has the lowest key.
        var first = $"{partner}|{(to is { } newest ? HourKey(newest) : "")}";
        var last = $"{partner}|{(from is { } oldest ? HourKey(oldest) : "~")}";
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {first} and PartitionKey le {last}");
        if (from is { } since)
            filter += TableClient.CreateQueryFilter($" and CreatedAt ge {since}");
        if (to is { } until)
            filter += TableClient.CreateQueryFilter($" and CreatedAt le {until}");
        return table.QueryAsync<TableEntity>(filter, cancellationToken: ct);
    }

    private static TableEntity Row(PartnerId partner, Ulid id, IReadOnlyDictionary<string, object?> columns)
    {
        var row = new TableEntity(PartitionOf(partner, id), id.Inverted) { ["CreatedAt"] = id.Time };
        foreach (var (name, value) in columns)
            row[name] = value;
        return row;
    }

    /// <summary>The partition of a row: those of an hour are one.</summary>
    public static string PartitionOf(PartnerId partner, Ulid id) => $"{partner}|{HourKey(id.Time)}";

    private static string HourKey(DateTimeOffset at) => $"{MaxHour - (at.ToUnixTimeSeconds() / 3600):0000000}";
}
