using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>
/// <c>POST /partner/webhooks/deliveries/replay</c> starts a replay of a time range, or of all failures since a time;
/// <c>GET /partner/webhooks/replays/{operationId}</c> returns its progress.
/// </summary>
internal sealed class ReplayRange(IdempotentWork idempotency, RequestReader requests, TimeProvider time)
{
    private const int MaxBody = 1024;

    /// <summary>A delivery fails at most this long after its event, unless it was replayed.</summary>
    private static readonly TimeSpan LongestCycle = TimeSpan.FromDays(1);

    /// <summary>Replay deliveries of a time</summary>
    /// <remarks>
    /// Sends again all that was created in a range of time, or all whose last attempt failed since a moment, each with
    /// the same body and <c>webhook-id</c>. It runs in the background: ask for its progress with <c>operationId</c>.
    /// </remarks>
    [Function("ReplayWebhookDeliveries")]
    [Accepts(typeof(ReplayRangeRequest))]
    [Answers(202, typeof(StartedReplay))]
    [Idempotent]
    public async Task<IResult> Begin(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/deliveries/replay")]
            HttpRequest http,
        [DurableClient] DurableTaskClient durable
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var key = IdempotentWork.ReadKey(http, body.Input);
        var range = requests.Read<ReplayRangeRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);

        var partner = http.Partner();
        return await idempotency.RunAsync(
            new IdempotentRequest(http, partner.Id, key, body.Bytes),
            new WorkPlan(Ulid.New(time.Now()).Text),
            async plan =>
            {
                var order = OrderFor(partner, Ulid.FromStorage(plan.ResourceId), range);
                await durable.StartOnceAsync(ReplayFlow.Name, order.Id, order, ct);
                return new WorkResult.Planned(Answer.Accepted(new StartedReplay { OperationId = order.Id }));
            }
        );
    }

    /// <summary>Input of the orchestration.</summary>
    /// <param name="partner">Whose deliveries.</param>
    /// <param name="id">
    /// The operation's id. A repeated request gets the first one's id and so its range, which ends at the time in the
    /// id.
    /// </param>
    /// <param name="range">The requested range.</param>
    internal static ReplayOrder OrderFor(Partner partner, Ulid id, ReplayRangeRequest range)
    {
        var created = partner.CreatedAt;
        var from = range.From ?? (range.FailedSince > created ? range.FailedSince.Value - LongestCycle : created);
        // Nothing is older than the partner.
        var first = Ulid.First(from);
        if (first.Time < created)
            first = Ulid.First(created);
        var last = range.To < id.Time ? range.To.Value : id.Time;
        return new ReplayOrder(
            ReplayId.Of(partner.Id, id).Value,
            partner.Id.Value,
            first.Text,
            last.AddMilliseconds(1),
            range.FailedSince,
            Found: 0,
            Replayed: 0
        );
    }

    /// <summary>Get the progress of a replay</summary>
    /// <remarks>
    /// How far a replay of many deliveries is: <c>completed</c> says that all are queued again, not that they arrived;
    /// the list of deliveries tells that with <c>replayId</c>. It is known for a week after its end.
    /// </remarks>
    [Function("GetWebhookReplay")]
    [Answers(200, typeof(ReplayView))]
    public static Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/replays/{replayId}")]
            HttpRequest http,
        string replayId,
        [DurableClient] DurableTaskClient durable
    ) => ShowAsync(http.Partner().Id, replayId, durable, http.HttpContext.RequestAborted);

    /// <summary>The progress of a partner's replay, as an answer.</summary>
    internal static async Task<IResult> ShowAsync(
        PartnerId partner,
        string replayId,
        DurableTaskClient durable,
        CancellationToken ct
    )
    {
        if (!ReplayId.TryParse(replayId, out var id) || id.Partner != partner)
            return Answer.Error(ApiError.NotFound);
        if (await durable.GetInstanceAsync(replayId, getInputsAndOutputs: true, ct) is not { } instance)
            return Answer.Error(ApiError.NotFound);
        var progress = instance.SerializedCustomStatus is null ? null : instance.ReadCustomStatusAs<ReplayProgress>();
        return Answer.Ok(
            new ReplayView
            {
                OperationId = replayId,
                Status = instance.RuntimeStatus switch
                {
                    OrchestrationRuntimeStatus.Completed => ReplayStatus.Completed,
                    OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated => ReplayStatus.Failed,
                    _ => ReplayStatus.Running,
                },
                Found = progress?.Found ?? 0,
                Replayed = progress?.Replayed ?? 0,
            }
        );
    }
}

/// <summary>Which deliveries are sent again: those created in a time, or those that failed since a moment.</summary>
internal sealed record ReplayRangeRequest : ICheckedBody
{
    /// <summary>
    /// All that was created then or later, but what is being sent now: a timestamp (ISO 8601; without an offset, UTC)
    /// or a date, which is its first moment in UTC. Either this or <c>failedSince</c>.
    /// </summary>
    /// <example>2026-11-29T10:00:00.000Z</example>
    [Moment]
    public DateTimeOffset? From { get; init; }

    /// <summary>
    /// The end of the time, itself included: a timestamp or a date, which is that whole day in UTC. Without it, the
    /// moment of the request. It goes with <c>from</c>, and is not before it.
    /// </summary>
    /// <example>2026-11-29T12:00:00.000Z</example>
    [LastMoment]
    public DateTimeOffset? To { get; init; }

    /// <summary>
    /// All whose last attempt failed then or later, also those that wait for their next attempt: a timestamp or a date.
    /// Either this or <c>from</c>.
    /// </summary>
    /// <example>2026-11-29</example>
    [Moment]
    public DateTimeOffset? FailedSince { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        var (hasFrom, hasFailedSince) = (body.Has("from"), body.Has("failedSince"));
        if (hasFrom == hasFailedSince)
            body.Fail("from", hasFrom ? "does not go with failedSince" : "is required, or failedSince instead of it");
        if (hasFailedSince && body.Has("to"))
            body.Fail("to", "goes with from, not with failedSince");
        if (To < From)
            body.Fail("to", "must not be before from");
    }
}

/// <summary>A replay of many deliveries that has been started.</summary>
internal sealed record StartedReplay
{
    /// <summary>The replay's id: ask for its progress with it.</summary>
    /// <example>replay_demo_01m8kp85405d8g1k3m6p9s2v4x</example>
    public required string OperationId { get; init; }
}

/// <summary>How far a replay of many deliveries is.</summary>
internal sealed record ReplayView
{
    /// <summary>The replay's id.</summary>
    /// <example>replay_demo_01m8kp85405d8g1k3m6p9s2v4x</example>
    public required string OperationId { get; init; }

    /// <summary>
    /// <c>running</c>; <c>completed</c>: all deliveries of the range were gone through; <c>failed</c>: it ended before
    /// that, start another one.
    /// </summary>
    /// <example>completed</example>
    public required ReplayStatus Status { get; init; }

    /// <summary>Deliveries found so far that the replay is about.</summary>
    /// <example>12</example>
    public required int Found { get; init; }

    /// <summary>
    /// Those of them whose sending has been queued; what comes of it, the partner's list of deliveries tells. The others
    /// are being sent at that moment, or have no URL to go to.
    /// </summary>
    /// <example>11</example>
    public required int Replayed { get; init; }
}

/// <summary>Status of a replay.</summary>
internal enum ReplayStatus
{
    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It has gone through all deliveries.</summary>
    Completed,

    /// <summary>It ended before it had gone through all deliveries.</summary>
    Failed,
}
