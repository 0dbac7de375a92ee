using Serverless.Functions.Events;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Whether a message belongs to the cycle of attempts that its delivery is in. The message of a replay names a cycle
/// that is committed after it was sent: found before the commit it is looked at again later, found after somebody
/// else's commit it is dropped.
/// </summary>
internal sealed class DeliveryCycles(DeliveryLog log, AppQueues queues, TimeProvider time)
{
    // A commit that is under way takes milliseconds.
    private static readonly TimeSpan[] ShortPauses =
    [
        TimeSpan.FromMilliseconds(20),
        TimeSpan.FromMilliseconds(80),
        TimeSpan.FromMilliseconds(400),
    ];

    // A process that hangs may still commit minutes later.
    private static readonly TimeSpan[] LongPauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(10),
    ];

    /// <summary>The delivery that a message is about if the message's attempt is still to be made, else null.</summary>
    public async Task<Delivery?> FindDueAsync(DeliveryTask task, PartnerId partner, Ulid id, CancellationToken ct)
    {
        for (var lookup = 0; ; lookup++)
        {
            // The record is written before the first cycle's message is sent: no record, no delivery.
            if (await log.FindAsync(partner, id, ct) is not { } delivery)
                return null;
            if (delivery.Cycle >= task.Cycle)
                return IsDue(delivery, task) ? delivery : null;
            // A message that came back waited longer than all short pauses together.
            if (task.Lookups > 0 || lookup == ShortPauses.Length)
                break;
            // Real time on purpose: this waits for another process's commit, not for the clock.
            await Task.Delay(ShortPauses[lookup], ct);
        }
        if (task.Lookups < LongPauses.Length)
            await queues.Webhooks.SendAsync(
                task with
                {
                    Lookups = task.Lookups + 1,
                },
                $"evt_{id}:cycle{task.Cycle}:{Guid.NewGuid():n}",
                time.GetUtcNow() + LongPauses[task.Lookups],
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
