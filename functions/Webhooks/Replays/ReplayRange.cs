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
internal sealed class ReplayRange(IdempotentWork idempotency, TimeProvider time)
{
    private const int MaxBody = 1024;

    /// <summary>A delivery fails at most this long after its event, unless it was replayed.</summary>
    private static readonly TimeSpan LongestCycle = TimeSpan.FromDays(1);

    [Function("ReplayWebhookDeliveries")]
    [Answers(202, typeof(StartedReplay))]
    public async Task<IResult> Begin(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/deliveries/replay")]
            HttpRequest http,
        [DurableClient] DurableTaskClient durable
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var key = IdempotentWork.ReadKey(http, body.Input);
        var range = ReadRange(body);
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
    private static ReplayOrder OrderFor(Partner partner, Ulid id, RequestedRange range)
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

    [Function("GetWebhookReplay")]
    [Answers(200, typeof(ReplayView))]
    public static async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/replays/{operationId}")]
            HttpRequest http,
        string operationId,
        [DurableClient] DurableTaskClient durable
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!ReplayId.TryParse(operationId, out var id) || id.Partner != http.Partner().Id)
            return Answer.Error(ApiError.NotFound);
        if (await durable.GetInstanceAsync(operationId, getInputsAndOutputs: true, ct) is not { } instance)
            return Answer.Error(ApiError.NotFound);
        var progress = instance.SerializedCustomStatus is null ? null : instance.ReadCustomStatusAs<ReplayProgress>();
        return Answer.Ok(
            new ReplayView
            {
                OperationId = operationId,
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

    /// <summary>Reads <c>from</c> and <c>to</c>, or <c>failedSince</c> instead of both.</summary>
    private static RequestedRange ReadRange(JsonBody body)
    {
        var from = ReadTime(body.Input, "from");
        var to = ReadTime(body.Input, "to", isEnd: true);
        var failedSince = ReadTime(body.Input, "failedSince");
        if (body.Refusal is null && body.Input.Has("from") == body.Input.Has("failedSince"))
            body.Input.Fail(
                "from",
                failedSince is null ? "is required, or failedSince instead of it" : "does not go with failedSince"
            );
        if (failedSince is not null && body.Input.Has("to"))
            body.Input.Fail("to", "goes with from, not with failedSince");
        if (to < from)
            body.Input.Fail("to", "must not be before from");
        return new RequestedRange(from, to, failedSince);
    }

    private static DateTimeOffset? ReadTime(JsonInput body, string member, bool isEnd = false)
    {
        if (body.String(member, Timestamps.Rule) is not { } text)
            return null;
        if (isEnd ? Timestamps.TryParseEnd(text, out var at) : Timestamps.TryParse(text, out at))
            return at;
        body.Fail(member, Timestamps.Rule);
        return null;
    }

    /// <summary>The requested range of times, or all failures since a time.</summary>
    private sealed record RequestedRange(DateTimeOffset? From, DateTimeOffset? To, DateTimeOffset? FailedSince);
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
    /// Those of them that are sent again. The others have an attempt to come anyway, or no URL to go to.
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
