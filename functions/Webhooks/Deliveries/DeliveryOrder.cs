using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Keeps the KYC webhooks of an account in order. Each event names its predecessor. While the predecessor's first
/// attempt is due or running, the newer event is postponed; if the predecessor waits for a retry, the newer event
/// replaces it, because it reports the current state.
/// </summary>
internal sealed class DeliveryOrder(
    AppTables tables,
    AppQueues queues,
    DeliveryLog log,
    AttemptRecorder recorder,
    TimeProvider time
)
{
    private static readonly Polling Turns = new(TimeSpan.FromSeconds(2), LongestPause: TimeSpan.FromMinutes(15));

    /// <summary>
    /// How often a delivery is postponed, over more than a day, before it is sent anyway: its predecessor's message
    /// must have been lost.
    /// </summary>
    private const int MaxPauses = 110;

    /// <summary>True if this delivery may be sent; false if it was postponed.</summary>
    /// <param name="delivery">The delivery that is due.</param>
    /// <param name="task">Its message.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<bool> IsTurnOfAsync(Delivery delivery, DeliveryTask task, CancellationToken ct)
    {
        // A replay is sent at once, because the partner asked for this event.
        if (!WebhookFamily.Of(delivery.Event).InOrder || delivery.Cycle > 1 || task.Pauses >= MaxPauses)
            return true;
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            EventRow.RowKeyOf(delivery.Id),
            ["SubjectId"],
            ct
        );
        // The first event of an account has no predecessor.
        if (!row.HasValue || !Ulid.TryParse(row.Value!.GetString("SubjectId"), out var before))
            return true;
        if (await MayPassAsync(delivery, before, ct))
            return true;
        var next = task with { Pauses = task.Pauses + 1 };
        // A new message id for each pause: duplicate detection would drop a repeated one.
        await queues.Webhooks.SendAsync(
            next,
            $"{delivery.WebhookId}:{task.Attempt}:pause{next.Pauses}",
            time.GetUtcNow() + Turns.PauseBefore(task.Pauses),
            ct
        );
        return false;
    }

    private async Task<bool> MayPassAsync(Delivery delivery, Ulid before, CancellationToken ct)
    {
        if (await log.FindAsync(delivery.Partner, before, ct) is not { } earlier)
        {
            // Either the predecessor is not queued yet, or the partner does not subscribe to it: its event's follow-up
            // tells which.
            var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
                delivery.EventPartition,
                EventRow.RowKeyOf(before),
                ["FollowedUpAt"],
                ct
            );
            return !row.HasValue || row.Value!.GetDateTimeOffset("FollowedUpAt") is not null;
        }
        // It has ended, or is only pending again because of a replay.
        if (earlier.Status != DeliveryStatus.Pending || earlier.Cycle > 1)
            return true;
        // Its first attempt, or a retry, is due or running.
        if (earlier.LastAttempt == 0 || earlier.NextAttemptAt <= time.Now())
            return false;
        // It waits for a retry: replace it. False if an attempt of it was recorded meanwhile.
        return await recorder.TryCloseAsync(
            earlier,
            DeliveryStatus.Superseded,
            $"{delivery.WebhookId} tells how things stand now.",
            ct
        );
    }
}
