using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Keeps the KYC webhooks of an account in their order. Each event names the one
/// before it: while that one's first attempt is due or under way the newer one is put off, and when it waits for
/// another attempt the newer one takes its place, because it tells how things stand now.
/// </summary>
internal sealed class DeliveryOrder(AppTables tables, AppQueues queues, DeliveryLog log, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How often a delivery is put off before it goes all the same: over more than a day. What it waits for has lost
    /// its message.
    /// </summary>
    private const int MaxPauses = 110;

    /// <summary>True when it is this delivery's turn; false after it was put off.</summary>
    /// <param name="delivery">The delivery that is due.</param>
    /// <param name="task">Its message.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<bool> IsTurnOfAsync(Delivery delivery, DeliveryTask task, CancellationToken ct)
    {
        // A replay is asked for as it is.
        if (!WebhookFamily.Of(delivery.Event).InOrder || delivery.Cycle > 1 || task.Pauses >= MaxPauses)
            return true;
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            EventRow.RowKeyOf(delivery.Id),
            ["SubjectId"],
            ct
        );
        if (!row.HasValue || row.Value!.GetString("SubjectId") is not { } before || !Ulid.TryParse(before, out var id))
            return true;
        if (await MayPassAsync(delivery, id, ct))
            return true;
        var pause = FirstPause * Math.Pow(2, Math.Min(task.Pauses, 20));
        var next = task with { Pauses = task.Pauses + 1 };
        // Each pause is a message of its own: the same id again would be dropped.
        await queues.Webhooks.SendAsync(
            next,
            $"{delivery.WebhookId}:{task.Attempt}:pause{next.Pauses}",
            time.GetUtcNow() + (pause < LongestPause ? pause : LongestPause),
            ct
        );
        return false;
    }

    private async Task<bool> MayPassAsync(Delivery delivery, Ulid before, CancellationToken ct)
    {
        if (await log.FindAsync(delivery.Partner, before, ct) is not { } earlier)
        {
            // Not queued yet, or nobody wanted it.
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
        try
        {
            await tables.Deliveries.UpdateEntityAsync(
                earlier.Closed(DeliveryStatus.Superseded, $"{delivery.WebhookId} tells how things stand now.").ToRow(),
                earlier.ETag,
                TableUpdateMode.Replace,
                ct
            );
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // An attempt of it was recorded meanwhile.
            return false;
        }
    }
}
