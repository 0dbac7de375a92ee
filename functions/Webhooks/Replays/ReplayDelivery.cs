using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>
/// <c>POST /partner/webhooks/deliveries/{deliveryId}/replay</c>: five more attempts with the same body and
/// <c>webhook-id</c>.
/// </summary>
internal sealed class ReplayDelivery(DeliveryLog log, DeliveryReplay replay, IdempotencyStore idempotency)
{
    private const int MaxBody = 1024;

    [Function("ReplayWebhookDelivery")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/deliveries/{deliveryId}/replay")]
            HttpRequest http,
        string deliveryId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        var key = IdempotencyStore.ReadKey(http, body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner();
        if (
            !DeliveryView.TryParseId(deliveryId, out var id)
            || await log.FindAsync(partner.Id, id, ct) is not { } delivery
        )
            return Answer.Error(ApiError.NotFound);

        // What a key stands for is the cycle that its first request was going to begin.
        var cycle = delivery.Cycle + 1;
        string? claimed = null;
        if (key is not null)
        {
            var request = new IdempotentRequest(http.Method, http.Path, body.Bytes);
            switch (
                await idempotency.ClaimAsync(
                    partner.Id,
                    key,
                    request,
                    cycle.ToString(CultureInfo.InvariantCulture),
                    token: "",
                    ct
                )
            )
            {
                case IdempotencyClaim.Reused:
                    return Answer.Error(ApiError.IdempotencyKeyReused);
                case IdempotencyClaim.Again { Refusal: { } code }:
                    http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                    return Answer.Error(
                        code == ApiError.NoWebhookUrl.Code ? ApiError.NoWebhookUrl : ApiError.DeliveryPending
                    );
                case IdempotencyClaim.Again again:
                    claimed = again.Claim;
                    cycle = int.Parse(again.ResourceId, CultureInfo.InvariantCulture);
                    if (delivery.Cycle >= cycle)
                    {
                        http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                        return Answer.Accepted(DeliveryView.Whole(delivery));
                    }
                    break;
                case IdempotencyClaim.First first:
                    claimed = first.Claim;
                    break;
            }
        }

        switch (await replay.ExecuteAsync(partner, delivery, Guid.NewGuid().ToString("n"), ct))
        {
            case ReplayResult.Begun { Delivery: var begun }:
                return Answer.Accepted(DeliveryView.Whole(begun));
            // The cycle that this key stands for was begun by another request with the same key.
            case ReplayResult.Refused { Now: { } now } when claimed is not null && now.Cycle >= cycle:
                return Answer.Accepted(DeliveryView.Whole(now));
            case ReplayResult.Refused { Error: var refusal }:
                if (claimed is not null)
                    await idempotency.RefuseAsync(claimed, refusal.Code, ct);
                return Answer.Error(refusal);
            default:
                throw new InvalidOperationException("A replay is begun or refused.");
        }
    }
}

/// <summary>What came of a replay.</summary>
internal abstract record ReplayResult
{
    /// <summary>A new cycle has begun.</summary>
    public sealed record Begun(Delivery Delivery) : ReplayResult;

    /// <summary>None has; <paramref name="Now"/> is the delivery as it stands.</summary>
    public sealed record Refused(ApiError Error, Delivery? Now) : ReplayResult;
}

/// <summary>
/// Begins another cycle of attempts: announce, then commit. The message names the cycle to
/// come and who begins it; found before the commit it is looked at again, found after somebody else's commit it is
/// dropped.
/// </summary>
internal sealed class DeliveryReplay(AppTables tables, AppQueues queues, DeliveryLog log, TimeProvider time)
{
    // The quick ones wait for a commit that is under way, the slow ones for a process that hangs.
    private static readonly TimeSpan[] QuickLooks =
    [
        TimeSpan.FromMilliseconds(20),
        TimeSpan.FromMilliseconds(80),
        TimeSpan.FromMilliseconds(400),
    ];
    private static readonly TimeSpan[] SlowLooks =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(10),
    ];

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
        // A message id of its own each time: a request that died between the two steps is repeated, and its first
        // message may have been looked at already.
        var task = new DeliveryTask(
            partner.Id.Value,
            delivery.Id.Text,
            delivery.LastAttempt + 1,
            begun.Cycle,
            replayId
        );
        await queues.Webhooks.SendAsync(
            task,
            $"{delivery.WebhookId}:cycle{begun.Cycle}:{Guid.NewGuid():n}",
            due: null,
            ct
        );
        try
        {
            await tables.Deliveries.UpdateEntityAsync(begun.ToRow(), delivery.ETag, TableUpdateMode.Replace, ct);
            return new ReplayResult.Begun(begun);
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // Another replay was first, or this very write had succeeded and was retried underneath.
            var now = await log.FindAsync(partner.Id, delivery.Id, ct);
            return now?.ReplayId == replayId
                ? new ReplayResult.Begun(now)
                : new ReplayResult.Refused(ApiError.DeliveryPending, now);
        }
    }

    /// <summary>The delivery that a message is about if it is that message's turn, else null.</summary>
    public async Task<Delivery?> FindDueAsync(DeliveryTask task, PartnerId partner, Ulid id, CancellationToken ct)
    {
        for (var look = 0; ; look++)
        {
            // The record is written before the first cycle's message is sent: no record, no delivery. A recorded
            // attempt is not made again.
            if (await log.FindAsync(partner, id, ct) is not { } delivery)
                return null;
            if (delivery.Cycle >= task.Cycle)
                return
                    delivery.Status == DeliveryStatus.Pending
                    && (delivery.Cycle, delivery.ReplayId) == (task.Cycle, task.ReplayId)
                    && delivery.LastAttempt < task.Attempt
                    ? delivery
                    : null;
            if (task.Look > 0 || look == QuickLooks.Length)
                break;
            // Real time on purpose: this waits for another process's commit, not for the clock.
            await Task.Delay(QuickLooks[look], ct);
        }
        if (task.Look < SlowLooks.Length)
            await queues.Webhooks.SendAsync(
                task with
                {
                    Look = task.Look + 1,
                },
                $"evt_{id}:cycle{task.Cycle}:{Guid.NewGuid():n}",
                time.GetUtcNow() + SlowLooks[task.Look],
                ct
            );
        return null;
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
        return (row.HasValue ? row.Value!.GetString("CallbackUrl") : null)
            ?? (partner.Endpoint.Enabled ? partner.Endpoint.Url : null);
    }
}
