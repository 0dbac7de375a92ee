using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>
/// <c>POST /partner/webhooks/deliveries/{deliveryId}/replay</c>: five more attempts with the same body and
/// <c>webhook-id</c>.
/// </summary>
internal sealed class ReplayDelivery(
    DeliveryLog log,
    DeliveryReplay replay,
    IdempotentWork idempotency,
    RequestReader requests
)
{
    private const int MaxBody = 1024;

    /// <summary>Replay a delivery</summary>
    /// <remarks>
    /// Sends it again at once, up to five attempts, with the same body and <c>webhook-id</c>, to your present URL. Use
    /// it once your endpoint is mended: also a delivery that waits for its next attempt is then sent without waiting.
    /// </remarks>
    [Function("ReplayWebhookDelivery")]
    [Accepts(typeof(NoMembers), Optional = true)]
    [Answers(202, typeof(DeliveryView))]
    [Refuses(409, ErrorCodes.DeliveryPending, ErrorCodes.NoWebhookUrl)]
    [Idempotent]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/deliveries/{deliveryId}/replay")]
            HttpRequest http,
        string deliveryId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        requests.Read<NoMembers>(body.Input);
        var key = IdempotentWork.ReadKey(http, body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner();
        if (!EventId.TryParse(deliveryId, out var id))
            return Answer.Error(ApiError.NotFound);
        if (await log.FindAsync(partner.Id, id.Id, ct) is not { } delivery)
            return Answer.Error(ApiError.NotFound);
        // An idempotency key stands for the cycle that its first request was going to start.
        var cycle = (delivery.Cycle + 1).ToString(CultureInfo.InvariantCulture);
        return await idempotency.RunAsync(
            new IdempotentRequest(http, partner.Id, key, body.Bytes)
            {
                RememberedByCode = [ApiError.NoWebhookUrl, ApiError.DeliveryPending],
            },
            new WorkPlan(cycle),
            plan => ReplayAsync(partner, delivery, plan, ct)
        );
    }

    private async Task<WorkResult> ReplayAsync(Partner partner, Delivery delivery, WorkPlan plan, CancellationToken ct)
    {
        var cycle = int.Parse(plan.ResourceId, CultureInfo.InvariantCulture);
        if (plan.IsRepeated && delivery.Cycle >= cycle)
            return new WorkResult.Planned(Answer.Accepted(DeliveryView.Whole(delivery)));
        return await replay.ExecuteAsync(partner, delivery, Guid.NewGuid().ToString("n"), isAskedFor: true, ct) switch
        {
            ReplayResult.Begun { Delivery: var begun } => new WorkResult.Planned(
                Answer.Accepted(DeliveryView.Whole(begun))
            ),
            // Another request with the same key has started the cycle.
            ReplayResult.Refused { Now: { } now } when plan.IsShared && now.Cycle >= cycle => new WorkResult.Planned(
                Answer.Accepted(DeliveryView.Whole(now))
            ),
            ReplayResult.Refused { Error: var refusal } => new WorkResult.Refused(refusal),
            var other => throw new InvalidOperationException($"Nothing handles {other.GetType().Name}."),
        };
    }
}
