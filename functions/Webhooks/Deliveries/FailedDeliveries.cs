using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// The table FailedDeliveries: which deliveries of all partners have failed, newest first. The truth is in the table
/// Deliveries.
/// </summary>
/// <remarks>
/// A row is written before the delivery fails and deleted after it has begun again or ended well, so that a crash in
/// between leaves one too many, never one too few: whoever reads asks the delivery itself.
/// </remarks>
internal sealed class FailedDeliveries(AppTables tables)
{
    private const string Partition = "failed";
    private const string PartnerColumn = "Partner";
    private const string EventColumn = "Event";

    /// <summary>Before a delivery is written: one that is failing is noted.</summary>
    public Task BeforeAsync(Delivery delivery, CancellationToken ct) =>
        delivery.Status == DeliveryStatus.Failed
            ? tables.FailedDeliveries.UpsertEntityAsync(
                new TableEntity(Partition, RowKeyOf(delivery.Partner, delivery.Id))
                {
                    [PartnerColumn] = delivery.Partner.Value,
                    [EventColumn] = delivery.Event,
                },
                TableUpdateMode.Replace,
                ct
            )
            : Task.CompletedTask;

    /// <summary>After it was written: one that may have failed before, and does no more, is forgotten.</summary>
    public Task AfterAsync(Delivery delivery, CancellationToken ct) =>
        delivery.Status != DeliveryStatus.Failed && delivery.Cycle > 1
            ? tables.FailedDeliveries.DeleteEntityAsync(
                Partition,
                RowKeyOf(delivery.Partner, delivery.Id),
                ETag.All,
                ct
            )
            : Task.CompletedTask;

    /// <summary>The ids of deliveries that have failed, newest first, as the index has them.</summary>
    /// <param name="partner">Of one partner; null: of all.</param>
    /// <param name="eventName">Of one event; null: of all.</param>
    /// <param name="after">The key of the last one that was seen; null: from the newest on.</param>
    /// <param name="ct">Cancels the call.</param>
    public async IAsyncEnumerable<(PartnerId Partner, Ulid Id)> ReadAsync(
        PartnerId? partner,
        string? eventName,
        string? after,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey gt {after ?? ""}");
        if (partner is not null)
            filter += TableClient.CreateQueryFilter($" and Partner eq {partner.Value}");
        if (eventName is not null)
            filter += TableClient.CreateQueryFilter($" and Event eq {eventName}");
        await foreach (var row in tables.FailedDeliveries.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            yield return (
                PartnerId.FromStorage(row.Text(PartnerColumn)),
                Ulid.FromStorage(Ulid.Invert(row.RowKey[..Ulid.Length]))
            );
    }

    /// <summary>
    /// Orders newest first; the same event is never one of two partners, but a key must not rest on that.
    /// </summary>
    public static string RowKeyOf(PartnerId partner, Ulid id) => $"{id.Inverted}|{partner}";
}
