using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Whether a message belongs to the cycle of attempts that its delivery is in. The message of a replay names a cycle
/// that is committed after it was sent: found before the commit it is looked at again later, found after somebody
/// else's commit it is dropped.
/// </summary>
internal sealed class DeliveryCycles(DeliveryLog log, AppQueues queues, TimeProvider time)
{
    private static readonly LookupSchedule Lookups = new([
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(10),
    ]);

    /// <summary>The delivery that a message is about if the message's attempt is still to be made, else null.</summary>
    public async Task<Delivery?> FindDueAsync(DeliveryTask task, PartnerId partner, Ulid id, CancellationToken ct)
    {
        Delivery? delivery = null;
        var isCommitted = await LookupSchedule.FindAsync(
            task.Lookups,
            async () =>
            {
                delivery = await log.FindAsync(partner, id, ct);
                // The record is written before the first cycle's message is sent: no record, no delivery.
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

    /// <summary>An attempt that is recorded is not made again.</summary>
    private static bool IsDue(Delivery delivery, DeliveryTask task)
    {
        var isItsCycle = (delivery.Cycle, delivery.ReplayId) == (task.Cycle, task.ReplayId);
        return isItsCycle && delivery.Status == DeliveryStatus.Pending && delivery.LastAttempt < task.Attempt;
    }
}
