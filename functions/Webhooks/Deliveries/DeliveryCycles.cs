using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Whether a message belongs to the delivery's current cycle of attempts. A replay sends its message before it commits
/// its cycle: if the cycle is not committed yet, the message is retried later; if another cycle was committed instead,
/// it is dropped.
/// </summary>
internal sealed class DeliveryCycles(DeliveryLog log, AppQueues queues, TimeProvider time)
{
    private static readonly LookupSchedule Lookups = new([
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(10),
    ]);

    /// <summary>The delivery of a message whose attempt is still to be made, else null.</summary>
    public async Task<Delivery?> FindDueAsync(DeliveryTask task, PartnerId partner, Ulid id, CancellationToken ct)
    {
        Delivery? delivery = null;
        var isCommitted = await LookupSchedule.FindAsync(
            task.Lookups,
            async () =>
            {
                delivery = await log.FindAsync(partner, id, ct);
                // The record is written before the first cycle's message, so without a record there is no delivery.
                return delivery is null || delivery.Cycle >= task.Cycle;
            },
            ct
        );
        if (isCommitted)
            return delivery is not null && IsDue(delivery, task) ? delivery : null;
        if (Lookups.PauseAfter(task.Lookups) is { } pause)
            await queues.Webhooks.SendAsync(
                task with
                {
                    Lookups = task.Lookups + 1,
                },
                $"{new EventId(id)}:cycle{task.Cycle}:{Guid.NewGuid():n}",
                time.GetUtcNow() + pause,
                ct
            );
        return null;
    }

    /// <summary>An attempt that was recorded is not repeated.</summary>
    private static bool IsDue(Delivery delivery, DeliveryTask task)
    {
        var isItsCycle = (delivery.Cycle, delivery.ReplayId) == (task.Cycle, task.ReplayId);
        return isItsCycle && delivery.Status == DeliveryStatus.Pending && delivery.LastAttempt < task.Attempt;
    }
}
