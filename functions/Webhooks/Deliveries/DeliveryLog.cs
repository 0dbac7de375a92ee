using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>A page of a partner's deliveries.</summary>
/// <param name="Items">In the requested order.</param>
/// <param name="Next">The next page begins after this id; null if there is none.</param>
internal sealed record DeliveryPage(IReadOnlyList<Delivery> Items, Ulid? Next);

/// <summary>
/// The table Deliveries: single records by id, and pages in the order of the ids. A partition is a day, so even an
/// empty day costs a query; after <see cref="MaxQueries"/> of them a page ends, even without items, and tells where to
/// continue.
/// </summary>
internal sealed class DeliveryLog(AppTables tables, FailedDeliveries failed)
{
    private const int MaxQueries = 100;

    /// <summary>
    /// Rows of a day are sorted newest first. Reading oldest first uses time windows, which double until they contain
    /// enough.
    /// </summary>
    private static readonly TimeSpan FirstWindow = TimeSpan.FromMinutes(1);

    /// <summary>The delivery, or null.</summary>
    public async Task<Delivery?> FindAsync(PartnerId partner, Ulid id, CancellationToken ct)
    {
        var row = await tables.Deliveries.GetEntityIfExistsAsync<TableEntity>(
            Delivery.PartitionOf(partner, id),
            id.Inverted,
            cancellationToken: ct
        );
        return row.HasValue ? Delivery.FromRow(row.Value!, partner, id) : null;
    }

    /// <summary>Writes a record if it has not changed since it was read.</summary>
    /// <param name="delivery">With the ETag of the record that was read.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>False where the record has changed since it was read.</returns>
    public async Task<bool> TryReplaceAsync(Delivery delivery, CancellationToken ct)
    {
        await failed.BeforeAsync(delivery, ct);
        try
        {
            await tables.Deliveries.UpdateEntityAsync(delivery.ToRow(), delivery.ETag, TableUpdateMode.Replace, ct);
            await failed.AfterAsync(delivery, ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            return false;
        }
    }

    /// <summary>
    /// Newest first: what is older than <paramref name="before"/> and not older than <paramref name="from"/>.
    /// </summary>
    /// <param name="partner">Whose.</param>
    /// <param name="before">Exclusive.</param>
    /// <param name="from">The oldest time, inclusive.</param>
    /// <param name="filter">More conditions; null for none.</param>
    /// <param name="limit">Items at most.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<DeliveryPage> ReadBackwardAsync(
        PartnerId partner,
        Ulid before,
        DateTimeOffset from,
        string? filter,
        int limit,
        CancellationToken ct
    )
    {
        var items = new List<Delivery>();
        var oldest = Ulid.First(from);
        for (var day = DayOf(before); day >= DayOf(oldest); day = day.AddDays(-1))
        {
            if (day <= DayOf(before).AddDays(-MaxQueries))
                return new DeliveryPage(items, Ulid.First(day.AddDays(1)));
            var partition = Delivery.PartitionOf(partner, day);
            var keys = TableClient.CreateQueryFilter(
                $"PartitionKey eq {partition} and RowKey gt {before.Inverted} and RowKey le {oldest.Inverted}"
            );
            await foreach (var delivery in QueryAsync(partner, And(keys, filter), limit + 1, ct))
            {
                if (items.Count == limit)
                    return new DeliveryPage(items, items[^1].Id);
                items.Add(delivery);
            }
        }
        return new DeliveryPage(items, null);
    }

    /// <summary>
    /// Oldest first: what is newer than <paramref name="after"/> and older than <paramref name="until"/>.
    /// </summary>
    /// <param name="partner">Whose.</param>
    /// <param name="after">Exclusive.</param>
    /// <param name="until">Exclusive.</param>
    /// <param name="filter">More conditions; null for none.</param>
    /// <param name="limit">Items at most.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<DeliveryPage> ReadForwardAsync(
        PartnerId partner,
        Ulid after,
        DateTimeOffset until,
        string? filter,
        int limit,
        CancellationToken ct
    )
    {
        var items = new List<Delivery>();
        var window = FirstWindow;
        until = Ulid.First(until).Time;
        for (var queries = 0; after.Time < until; queries++, window *= 2)
        {
            if (queries == MaxQueries)
                return new DeliveryPage(items, after);
            var tomorrow = DayOf(after).AddDays(1);
            var end = window > tomorrow - after.Time ? tomorrow : after.Time + window;
            var last = Ulid.First(end < until ? end : until);
            var partition = Delivery.PartitionOf(partner, after.Time);
            var keys = TableClient.CreateQueryFilter(
                $"PartitionKey eq {partition} and RowKey lt {after.Inverted} and RowKey gt {last.Inverted}"
            );
            var found = new List<Delivery>();
            await foreach (var delivery in QueryAsync(partner, And(keys, filter), null, ct))
                found.Add(delivery);
            found.Reverse();
            items.AddRange(found);
            if (items.Count > limit)
                return new DeliveryPage(items[..limit], items[limit - 1].Id);
            // A partition holds one day, so a wider window finds nothing more.
            if (window > TimeSpan.FromDays(1))
                window = TimeSpan.FromDays(1);
            after = last;
        }
        return new DeliveryPage(items, null);
    }

    private async IAsyncEnumerable<Delivery> QueryAsync(
        PartnerId partner,
        string filter,
        int? pageSize,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        await foreach (var row in tables.Deliveries.QueryAsync<TableEntity>(filter, pageSize, cancellationToken: ct))
            yield return Delivery.FromRow(row, partner, TimeIndex.IdOf(row));
    }

    private static string And(string keys, string? filter) => filter is null ? keys : $"{keys} and {filter}";

    private static DateTimeOffset DayOf(Ulid id) => new(id.Time.UtcDateTime.Date, TimeSpan.Zero);
}
