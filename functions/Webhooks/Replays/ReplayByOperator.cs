using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>
/// <c>POST /operator/partners/{id}/deliveries/{deliveryId}/replay</c>, <c>POST …/deliveries/replay</c> and
/// <c>GET …/replays/{replayId}</c>: an operator does for a partner what the partner can do itself.
/// </summary>
internal sealed class ReplayByOperator(
    PartnerStore partners,
    DeliveryLog log,
    DeliveryReplay replay,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 1024;

    /// <summary>Replay a delivery</summary>
    /// <remarks>
    /// Sends it again, up to five attempts, with the same body and <c>webhook-id</c>, to the partner's present URL.
    /// </remarks>
    [Function("ReplayDeliveryByOperator")]
    [Accepts(typeof(NoMembers), Optional = true)]
    [Answers(202, typeof(DeliveryView))]
    [Refuses(409, ErrorCodes.DeliveryPending, ErrorCodes.NoWebhookUrl)]
    public async Task<IResult> One(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "post",
            Route = "operator/partners/{id}/deliveries/{deliveryId}/replay"
        )]
            HttpRequest http,
        string id,
        string deliveryId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        requests.Read<NoMembers>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (
            await FindAsync(id, ct) is not { } partner
            || !EventId.TryParse(deliveryId, out var known)
            || await log.FindAsync(partner.Id, known.Id, ct) is not { } delivery
        )
            return Answer.Error(ApiError.NotFound);
        return await replay.ExecuteAsync(partner, delivery, Guid.NewGuid().ToString("n"), isAskedFor: true, ct) switch
        {
            ReplayResult.Begun { Delivery: var begun } => Answer.Accepted(DeliveryView.Whole(begun)),
            ReplayResult.Refused { Error: var refusal } => Answer.Error(refusal),
            var other => throw new InvalidOperationException($"Nothing handles {other.GetType().Name}."),
        };
    }

    /// <summary>Replay a partner's failed deliveries</summary>
    /// <remarks>
    /// Sends again all of a partner's deliveries whose last attempt failed since a moment, each with the same body and
    /// <c>webhook-id</c>. It runs in the background: ask for its progress with <c>operationId</c>.
    /// </remarks>
    [Function("ReplayDeliveriesByOperator")]
    [Accepts(typeof(ReplayFailedRequest))]
    [Answers(202, typeof(StartedReplay))]
    public async Task<IResult> Many(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/deliveries/replay")]
            HttpRequest http,
        string id,
        [DurableClient] DurableTaskClient durable
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<ReplayFailedRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (await FindAsync(id, ct) is not { } partner)
            return Answer.Error(ApiError.NotFound);
        var range = new ReplayRangeRequest { FailedSince = request.FailedSince };
        var order = ReplayRange.OrderFor(partner, Ulid.New(time.Now()), range);
        await durable.StartOnceAsync(ReplayFlow.Name, order.Id, order, ct);
        return Answer.Accepted(new StartedReplay { OperationId = order.Id });
    }

    /// <summary>Get the progress of a replay</summary>
    /// <remarks>
    /// How far a replay of many deliveries is, whether the partner or an operator began it. It is known for a week
    /// after its end.
    /// </remarks>
    [Function("GetReplayByOperator")]
    [Answers(200, typeof(ReplayView))]
    public static Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/partners/{id}/replays/{replayId}")]
            HttpRequest http,
        string id,
        string replayId,
        [DurableClient] DurableTaskClient durable
    ) =>
        PartnerId.TryParse(id, out var partner)
            ? ReplayRange.ShowAsync(partner, replayId, durable, http.HttpContext.RequestAborted)
            : Task.FromResult(Answer.Error(ApiError.NotFound));

    private async Task<Partner?> FindAsync(string id, CancellationToken ct) =>
        PartnerId.TryParse(id, out var known) ? await partners.FindAsync(known, ct) : null;
}

/// <summary>Which of a partner's deliveries are sent again.</summary>
internal sealed record ReplayFailedRequest
{
    /// <summary>
    /// All whose last attempt failed then or later: a timestamp (ISO 8601; without an offset, UTC) or a date, which is
    /// its first moment in UTC.
    /// </summary>
    /// <example>2026-11-29T10:00:00.000Z</example>
    [Moment(Required = true)]
    public DateTimeOffset FailedSince { get; init; }
}
