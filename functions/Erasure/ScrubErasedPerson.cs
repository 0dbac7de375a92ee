using Azure;
using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Erasure;

/// <summary>
/// After an erasure: deletes the values, which are already unreadable, and removes from links, events and deliveries
/// what may describe the person (metadata, reasons, device, answers), as each <see cref="RowKind"/> declares. Which
/// events happened, with ids and times, stays for the audit. Every step is idempotent.
/// </summary>
internal sealed partial class ScrubErasedPerson(AppTables tables, RowKinds kinds, ILogger<ScrubErasedPerson> log)
    : IEventFollower
{
    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        if (happened.Name != InternalEvents.UserErased)
            return;
        var partition = happened.Owner.Partition;
        await DeleteWholeAsync(partition, ct);
        foreach (var kind in kinds.All.Where(kind => !kind.Personal.IsWhole))
            await RemovePartsAsync(kind, partition, ct);
        await ScrubDeliveriesAsync(happened.Owner, ct);
    }

    private async Task DeleteWholeAsync(string partition, CancellationToken ct)
    {
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
        {
            var kind = kinds.Find(row.RowKey);
            // Written by a newer version that was rolled back: it may hold personal data, so it is deleted.
            if (kind is null)
                LogUnknown(row.RowKey.Split('|')[0]);
            if (kind is null or { Personal.IsWhole: true })
                await tables.Users.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, ct);
        }
    }

    private async Task RemovePartsAsync(RowKind kind, string partition, CancellationToken ct)
    {
        if (kind.Personal == PersonalPart.None)
            return;
        await foreach (
            var found in tables.Users.QueryAsync<TableEntity>(kind.FilterIn(partition), cancellationToken: ct)
        )
        {
            TableEntity? row = found;
            await Contention.RepeatAsync(
                async () =>
                {
                    row ??= await tables.Users.GetEntityAsync<TableEntity>(
                        partition,
                        found.RowKey,
                        cancellationToken: ct
                    );
                    var isDone = await TryRemoveAsync(kind, row, ct);
                    row = null;
                    return isDone;
                },
                ct
            );
        }
    }

    /// <summary>False when somebody else changed the row meanwhile.</summary>
    private async Task<bool> TryRemoveAsync(RowKind kind, TableEntity row, CancellationToken ct)
    {
        if (!kind.Personal.RemoveFrom(row))
            return true;
        try
        {
            // A table merge cannot remove a column, so the whole row is replaced.
            await tables.Users.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            return false;
        }
    }

    /// <summary>A webhook receiver's answers may contain personal data too.</summary>
    private async Task ScrubDeliveriesAsync(PersonKey owner, CancellationToken ct)
    {
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                EventRow.Kind.FilterIn(owner.Partition),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
        {
            if (EventRow.TryParseKey(row.RowKey, out var id))
                await ScrubDeliveryAsync(owner.Partner, id, ct);
        }
    }

    private async Task ScrubDeliveryAsync(PartnerId partner, Ulid id, CancellationToken ct)
    {
        var found = await tables.Deliveries.GetEntityIfExistsAsync<TableEntity>(
            Delivery.PartitionOf(partner, id),
            id.Inverted,
            cancellationToken: ct
        );
        if (!found.HasValue)
            return;
        var delivery = Delivery.FromRow(found.Value!, partner, id);
        if (delivery.Attempts.All(attempt => attempt.Answer is null))
            return;
        var scrubbed = delivery with
        {
            Attempts = [.. delivery.Attempts.Select(attempt => attempt with { Answer = null })],
        };
        await tables.Deliveries.UpdateEntityAsync(scrubbed.ToRow(), delivery.ETag, TableUpdateMode.Replace, ct);
    }

    [LoggerMessage(LogLevel.Warning, "An erasure deleted a row of a kind that is not registered: {Kind}.")]
    private partial void LogUnknown(string kind);
}
