using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>When a key was last used, as its row has it.</summary>
/// <param name="Partition">Of the row by which it authenticates.</param>
/// <param name="LastUsedAt">To the hour; null where it was never used.</param>
/// <param name="Version">Of the row.</param>
internal sealed record KeyUse(string Partition, DateTimeOffset? LastUsedAt, ETag Version)
{
    /// <summary>Row key of the rows by which keys authenticate.</summary>
    public const string RowKey = "key";

    private const string Column = "LastUsedAt";

    public static KeyUse FromRow(TableEntity row) => new(row.PartitionKey, row.GetDateTimeOffset(Column), row.ETag);

    public TableEntity At(DateTimeOffset at) => new(Partition, RowKey) { [Column] = at };
}

/// <summary>
/// Notes when keys are used: at most one write an hour and key, over all instances, and never in the way of the
/// request.
/// </summary>
/// <remarks>
/// An instance sees what the others wrote in the row that it reads anyway (<see cref="PartnerDirectory"/>), and writes
/// on condition that the row is still the same.
/// </remarks>
internal sealed partial class KeyUses(AppTables tables, TimeProvider time, ILogger<KeyUses> logger)
{
    /// <summary>How long a key may be used without another note.</summary>
    public static readonly TimeSpan Precision = TimeSpan.FromHours(1);

    /// <summary>What this instance has noted, by partition: its copies of the rows may be older.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new();

    /// <summary>Notes that a key was used, now or a moment later.</summary>
    public void Note(KeyUse key)
    {
        var now = time.Now();
        if (IsRecent(key.LastUsedAt, now) || !IsMine(key.Partition, now))
            return;
        // Not a part of the request: neither its trace nor its end.
        using var _ = ExecutionContext.SuppressFlow();
        Task.Run(() => WriteAsync(key, now));
    }

    /// <summary>True for the first call within the hour.</summary>
    private bool IsMine(string partition, DateTimeOffset now) =>
        _noted.TryGetValue(partition, out var noted)
            ? !IsRecent(noted, now) && _noted.TryUpdate(partition, now, noted)
            : _noted.TryAdd(partition, now);

    private async Task WriteAsync(KeyUse key, DateTimeOffset now)
    {
        try
        {
            await tables.Partners.UpdateEntityAsync(key.At(now), key.Version, TableUpdateMode.Merge);
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // Another instance noted it, or the key was revoked.
        }
        catch (Exception ex)
        {
            _noted.TryRemove(KeyValuePair.Create(key.Partition, now));
            NotNoted(logger, ex);
        }
    }

    // Absolute, because a clock may be set back.
    private static bool IsRecent(DateTimeOffset? at, DateTimeOffset now) =>
        at is { } then && (now - then).Duration() < Precision;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The use of a key could not be noted")]
    private static partial void NotNoted(ILogger logger, Exception exception);
}
