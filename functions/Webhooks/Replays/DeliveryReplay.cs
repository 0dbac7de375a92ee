using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>Result of a replay.</summary>
internal abstract record ReplayResult
{
    /// <summary>A new cycle has begun.</summary>
    public sealed record Begun(Delivery Delivery) : ReplayResult;

    /// <summary>No new cycle; <paramref name="Now"/> is the current delivery.</summary>
    public sealed record Refused(ApiError Error, Delivery? Now) : ReplayResult;
}

/// <summary>
/// Starts another cycle of attempts: first sends the message, then commits. The message names the new cycle and its
/// replay, so that <see cref="DeliveryCycles"/> can tell whether it was committed.
/// </summary>
internal sealed class DeliveryReplay(AppTables tables, AppQueues queues, DeliveryLog log, TimeProvider time)
{
    /// <summary>
    /// Starts the next cycle, unless an attempt of the current one is being made. A delivery that waits for its next
    /// attempt need not wait any longer: the message of that attempt finds another cycle.
    /// </summary>
    /// <param name="partner">The delivery goes to its current endpoint.</param>
    /// <param name="delivery">As it was read.</param>
    /// <param name="replayId">The id of the replay.</param>
    /// <param name="isAskedFor">True if somebody asked for this one delivery, and so for an attempt now.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<ReplayResult> ExecuteAsync(
        Partner partner,
        Delivery delivery,
        string replayId,
        bool isAskedFor,
        CancellationToken ct
    )
    {
        if (delivery.Status == DeliveryStatus.Pending && !delivery.WaitsAt(time.Now()))
            return new ReplayResult.Refused(ApiError.DeliveryPending, delivery);
        if (await FindUrlAsync(partner, delivery, ct) is not { } url)
            return new ReplayResult.Refused(ApiError.NoWebhookUrl, delivery);

        var begun = delivery with
        {
            Status = DeliveryStatus.Pending,
            Cycle = delivery.Cycle + 1,
            ReplayId = replayId,
            Url = url,
            NextAttemptAt = time.Now(),
            Note = null,
        };
        var task = new DeliveryTask(partner.Id.Value, delivery.Id.Text, delivery.LastAttempt + 1)
        {
            Cycle = begun.Cycle,
            ReplayId = replayId,
            IsAskedFor = isAskedFor,
        };
        // A new message id each time: after a crash between the two steps the request is repeated, and the first
        // message may have been processed already.
        var messageId = $"{delivery.WebhookId}:cycle{begun.Cycle}:{Guid.NewGuid():n}";
        await queues.Webhooks.SendAsync(task, messageId, due: null, ct);
        if (await log.TryReplaceAsync(begun, ct))
            return new ReplayResult.Begun(begun);

        // A conflict: either another replay was first, or this write succeeded and the client library repeated it.
        var now = await log.FindAsync(partner.Id, delivery.Id, ct);
        return now?.ReplayId == replayId
            ? new ReplayResult.Begun(now)
            : new ReplayResult.Refused(ApiError.DeliveryPending, now);
    }

    /// <summary>
    /// The current URL of the link or the partner. The partner's subscription does not matter, because it asked for
    /// this event.
    /// </summary>
    private async Task<string?> FindUrlAsync(Partner partner, Delivery delivery, CancellationToken ct)
    {
        if (WebhookFamily.Of(delivery.Event) == WebhookFamily.Identity)
            return partner.KycUrl;
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            EventRow.RowKeyOf(delivery.Id),
            ["CallbackUrl"],
            ct
        );
        return partner.PresentUrlFor(delivery.Event, row.HasValue ? row.Value!.GetString("CallbackUrl") : null);
    }
}
