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
/// Queue <c>events</c>: what follows from a committed event. Puts the delivery on the queue
/// <c>webhooks</c>, starts or wakes orchestrations and marks the event as followed up. Every step may run twice.
/// </summary>
/// <remarks>
/// The message is sent before the commit, so the row may not be there yet: a few looks within half a second (the commit
/// is under way), then some over hours (the committing process may hang), then the message is dropped: nothing had
/// happened.
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
        // Before anything that may fail for hours: a webhook does not wait until orchestrations can be started again.
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
    /// Asks every follower, also after one that failed; then fails with the first, so that the message comes back.
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
            // An earlier run of this follow-up wrote the record; whether it also sent the message is not known, so the
            // message is sent (again). One whose attempt is recorded makes no other.
        }
        await queues.Webhooks.SendAsync(
            new DeliveryTask(happened.Partner.Value, happened.Id.Text, 1),
            $"{delivery.WebhookId}:1",
            due: null,
            ct
        );
    }
}
