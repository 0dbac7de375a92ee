using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>What came of a replay.</summary>
internal abstract record ReplayResult
{
    /// <summary>A new cycle has begun.</summary>
    public sealed record Begun(Delivery Delivery) : ReplayResult;

    /// <summary>None has; <paramref name="Now"/> is the delivery as it stands.</summary>
    public sealed record Refused(ApiError Error, Delivery? Now) : ReplayResult;
}

/// <summary>
/// Begins another cycle of attempts: the message first, then the commit. The message names the cycle to come and who
/// begins it, so that <see cref="DeliveryCycles"/> knows whether it was committed.
/// </summary>
internal sealed class DeliveryReplay(AppTables tables, AppQueues queues, DeliveryLog log, TimeProvider time)
{
    /// <summary>Begins the cycle after the one that was read, unless an attempt of it is still to come.</summary>
    /// <param name="partner">Its endpoint is where the delivery goes now.</param>
    /// <param name="delivery">As it was read.</param>
    /// <param name="replayId">Who begins it.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<ReplayResult> ExecuteAsync(
        Partner partner,
        Delivery delivery,
        string replayId,
        CancellationToken ct
    )
    {
        if (delivery.Status == DeliveryStatus.Pending)
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
        };
        // A message id of its own each time: a request that died between the two steps is repeated, and its first
        // message may have been looked at already.
        var messageId = $"{delivery.WebhookId}:cycle{begun.Cycle}:{Guid.NewGuid():n}";
        await queues.Webhooks.SendAsync(task, messageId, due: null, ct);
        if (await log.TryReplaceAsync(begun, ct))
            return new ReplayResult.Begun(begun);

        // Another replay was first; or this write succeeded, its answer was lost, and the client library repeated it.
        var now = await log.FindAsync(partner.Id, delivery.Id, ct);
        return now?.ReplayId == replayId
            ? new ReplayResult.Begun(now)
            : new ReplayResult.Refused(ApiError.DeliveryPending, now);
    }

    /// <summary>
    /// The link's own URL or the partner's, as they are now. Whether the partner still subscribes to the event is no
    /// question: it asks for this one.
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
        if (row.HasValue && row.Value!.GetString("CallbackUrl") is { } ofLink)
            return ofLink;
        return partner.Endpoint.Enabled ? partner.Endpoint.Url : null;
    }
}
