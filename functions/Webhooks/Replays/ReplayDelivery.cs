using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Partners;
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
        if (!DeliveryView.TryParseId(deliveryId, out var id))
            return Answer.Error(ApiError.NotFound);
        if (await log.FindAsync(partner.Id, id, ct) is not { } delivery)
            return Answer.Error(ApiError.NotFound);
        if (key is null)
            return await ReplayAsync(partner, delivery, claimed: null, ct);

        // What a key stands for is the cycle that its first request was going to begin.
        var cycle = delivery.Cycle + 1;
        var claim = await idempotency.ClaimAsync(
            partner.Id,
            key,
            new IdempotentRequest(http.Method, http.Path, body.Bytes),
            cycle.ToString(CultureInfo.InvariantCulture),
            token: "",
            ct
        );
        switch (claim)
        {
            case IdempotencyClaim.Reused:
                return Answer.Error(ApiError.IdempotencyKeyReused);
            case IdempotencyClaim.First first:
                return await ReplayAsync(partner, delivery, new ClaimedCycle(first.Claim, cycle), ct);
            case IdempotencyClaim.Again { Refusal: { } code }:
                MarkReplayed(http);
                return Answer.Error(
                    code == ApiError.NoWebhookUrl.Code ? ApiError.NoWebhookUrl : ApiError.DeliveryPending
                );
            case IdempotencyClaim.Again again:
                var claimed = new ClaimedCycle(again.Claim, int.Parse(again.ResourceId, CultureInfo.InvariantCulture));
                if (delivery.Cycle < claimed.Cycle)
                    return await ReplayAsync(partner, delivery, claimed, ct);
                MarkReplayed(http);
                return Answer.Accepted(DeliveryView.Whole(delivery));
            default:
                throw new InvalidOperationException($"Nothing handles {claim.GetType().Name}.");
        }
    }

    private async Task<IResult> ReplayAsync(
        Partner partner,
        Delivery delivery,
        ClaimedCycle? claimed,
        CancellationToken ct
    )
    {
        switch (await replay.ExecuteAsync(partner, delivery, Guid.NewGuid().ToString("n"), ct))
        {
            case ReplayResult.Begun { Delivery: var begun }:
                return Answer.Accepted(DeliveryView.Whole(begun));
            // Another request with the same key has begun the cycle that the key stands for.
            case ReplayResult.Refused { Now: { } now } when now.Cycle >= claimed?.Cycle:
                return Answer.Accepted(DeliveryView.Whole(now));
            case ReplayResult.Refused { Error: var refusal }:
                if (claimed is not null)
                    await idempotency.RefuseAsync(claimed.Claim, refusal.Code, ct);
                return Answer.Error(refusal);
            default:
                throw new InvalidOperationException("A replay is begun or refused.");
        }
    }

    private static void MarkReplayed(HttpRequest http) =>
        http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";

    /// <summary>What an <c>Idempotency-Key</c> stands for.</summary>
    /// <param name="Claim">Where the key is claimed.</param>
    /// <param name="Cycle">The cycle that its first request was going to begin.</param>
    private sealed record ClaimedCycle(string Claim, int Cycle);
}
