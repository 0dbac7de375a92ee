using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Keeps the KYC webhooks of an account in their order. Each event names the one before it: while that one's first
/// attempt is due or under way the newer one is put off, and when it waits for another attempt the newer one takes its
/// place, because it tells how things stand now.
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
    /// How often a delivery is put off, over more than a day, before it is sent all the same: what it waits for must
    /// have lost its message.
    /// </summary>
    private const int MaxPauses = 110;

    /// <summary>True when it is this delivery's turn; false after it was put off.</summary>
    /// <param name="delivery">The delivery that is due.</param>
    /// <param name="task">Its message.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<bool> IsTurnOfAsync(Delivery delivery, DeliveryTask task, CancellationToken ct)
    {
        // A partner that asks for a replay gets it at once, whatever came after.
        if (!WebhookFamily.Of(delivery.Event).InOrder || delivery.Cycle > 1 || task.Pauses >= MaxPauses)
            return true;
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            EventRow.RowKeyOf(delivery.Id),
            ["SubjectId"],
            ct
        );
        // The first event of an account names none before it.
        if (!row.HasValue || !Ulid.TryParse(row.Value!.GetString("SubjectId"), out var before))
            return true;
        if (await MayPassAsync(delivery, before, ct))
            return true;
        var next = task with { Pauses = task.Pauses + 1 };
        // Each pause is a message of its own: the same id again would be dropped.
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
            // It was not queued yet, or the partner does not subscribe to it: the follow-up of its event tells which.
            var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
                delivery.EventPartition,
                EventRow.RowKeyOf(before),
                ["FollowedUpAt"],
                ct
            );
            return !row.HasValue || row.Value!.GetDateTimeOffset("FollowedUpAt") is not null;
        }
        if (earlier.Status != DeliveryStatus.Pending || earlier.Cycle > 1)
            return true;
        if (earlier.LastAttempt == 0 || earlier.NextAttemptAt <= time.Now())
            return false;
        // False where an attempt of it was recorded meanwhile.
        return await recorder.TryCloseAsync(
            earlier,
            DeliveryStatus.Superseded,
            $"{delivery.WebhookId} tells how things stand now.",
            ct
        );
    }
}
