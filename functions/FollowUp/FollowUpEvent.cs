using System.Runtime.ExceptionServices;
using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Waiting;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.FollowUp;

/// <summary>
/// Queue <c>events</c>: the follow-up of a committed event. It queues the delivery on <c>webhooks</c>, runs the
/// followers (which start or wake orchestrations) and marks the event as followed up. Every step is idempotent.
/// </summary>
/// <remarks>
/// The message is sent before the commit, so the row may not exist yet. It is read a few times within two seconds (a
/// commit in progress), then a few times over hours (the committing process may hang). If it is still missing, the
/// commit never happened and the message is dropped.
/// </remarks>
internal sealed class FollowUpEvent(
    AppTables tables,
    AppQueues queues,
    PartnerDirectory partners,
    LinkIndex index,
    IEnumerable<IEventFollower> followers,
    TimeProvider time
)
{
    private static readonly LookupSchedule Lookups = new([
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(4),
    ]);

    [Function(nameof(FollowUpEvent))]
    public Task Run(
        [ServiceBusTrigger(AppQueues.EventsName, Connection = AppQueues.Connection)] ServiceBusReceivedMessage message,
        [DurableClient] DurableTaskClient durable,
        CancellationToken ct
    ) =>
        queues.Events.HandleAsync<Announcement>(
            message,
            (announcement, token) => FollowUpAsync(announcement, durable, token),
            ct
        );

    private async Task FollowUpAsync(Announcement announcement, DurableTaskClient durable, CancellationToken ct)
    {
        var owner = new PersonKey(
            PartnerId.FromStorage(announcement.Partner),
            ReferenceId.FromStorage(announcement.Reference)
        );
        var id = Ulid.FromStorage(announcement.Id);
        EventRow? found = null;
        var round = announcement.Look;
        await LookupSchedule.FindAsync(round, async () => (found = await FindAsync(owner, id, ct)) is not null, ct);
        if (found is null)
        {
            if (Lookups.PauseAfter(round) is { } pause)
                await queues.Events.SendAsync(
                    announcement with
                    {
                        Look = round + 1,
                    },
                    $"{id}:look{round + 1}",
                    time.GetUtcNow() + pause,
                    ct
                );
            return;
        }
        if (found.FollowedUpAt is not null)
            return;

        await index.ApplyAsync(found, ct);
        // The delivery comes first, so that a webhook is sent even while orchestrations cannot be started.
        await QueueDeliveryAsync(found, ct);
        await FollowAsync(durable, found, ct);
        await tables.Users.UpdateEntityAsync(
            new TableEntity(owner.Partition, EventRow.RowKeyOf(id)) { ["FollowedUpAt"] = time.Now() },
            ETag.All,
            TableUpdateMode.Merge,
            ct
        );
    }

    /// <summary>
    /// Runs every follower, even after a failure, and then throws the first error, so that the message is retried.
    /// </summary>
    private async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        ExceptionDispatchInfo? failure = null;
        foreach (var follower in followers)
        {
            try
            {
                await follower.FollowAsync(durable, happened, ct);
            }
            catch (Exception ex) when (!ct.IsCancellationRequested)
            {
                failure ??= ExceptionDispatchInfo.Capture(ex);
            }
        }
        failure?.Throw();
    }

    private async Task<EventRow?> FindAsync(PersonKey owner, Ulid id, CancellationToken ct)
    {
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            owner.Partition,
            EventRow.RowKeyOf(id),
            cancellationToken: ct
        );
        return row.HasValue ? EventRow.FromRow(row.Value!) : null;
    }

    private async Task QueueDeliveryAsync(EventRow happened, CancellationToken ct)
    {
        if (
            await partners.FindAsync(happened.Partner, ct) is not { } partner
            || partner.UrlFor(happened.Name, happened.CallbackUrl) is not { } url
        )
            return;
        var delivery = new Delivery
        {
            Partner = happened.Partner,
            Id = happened.Id,
            Event = happened.Name,
            LinkId = happened.LinkId,
            Url = url,
            EventPartition = new PersonKey(happened.Partner, happened.Reference).Partition,
            Status = DeliveryStatus.Pending,
            Attempts = [],
            NextAttemptAt = time.Now(),
        };
        try
        {
            await tables.Deliveries.AddEntityAsync(delivery.ToRow(), ct);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            // An earlier run wrote the record but may have crashed before it sent the message, so the message is sent
            // again. The duplicate does no harm: an attempt that is already recorded is not repeated.
        }
        await queues.Webhooks.SendAsync(
            new DeliveryTask(happened.Partner.Value, happened.Id.Text, 1),
            $"{delivery.WebhookId}:1",
            due: null,
            ct
        );
    }
}
