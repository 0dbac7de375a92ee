using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>
/// <c>POST /partner/webhooks/deliveries/replay</c> begins a replay of a range or of all that failed since a moment;
/// <c>GET /partner/webhooks/replays/{operationId}</c> tells how far it is.
/// </summary>
internal sealed class ReplayRange(IdempotencyStore idempotency, TimeProvider time)
{
    private const int MaxBody = 1024;

    /// <summary>A delivery fails at most this long after its event, unless it was replayed.</summary>
    private static readonly TimeSpan LongestCycle = TimeSpan.FromDays(1);

    [Function("ReplayWebhookDeliveries")]
    public async Task<IResult> Begin(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/deliveries/replay")]
            HttpRequest http,
        [DurableClient] DurableTaskClient durable
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var key = IdempotencyStore.ReadKey(http, body.Input);
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
        if (body.Error is { } error)
            return Answer.Error(error);

        var partner = http.Partner();
        var id = Ulid.New(time.Now());
        if (key is not null)
        {
            switch (
                await idempotency.ClaimAsync(
                    partner.Id,
                    key,
                    new IdempotentRequest(http.Method, http.Path, body.Bytes),
                    id.Text,
                    token: "",
                    ct
                )
            )
            {
                case IdempotencyClaim.Reused:
                    return Answer.Error(ApiError.IdempotencyKeyReused);
                case IdempotencyClaim.Again again:
                    http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                    if (!Ulid.TryParse(again.ResourceId, out id))
                        throw new FormatException("The claim names no operation.");
                    break;
            }
        }

        // A repeated request begins what the first one was going to: the range ends with the moment in the id.
        var now = id.Time;
        var first = Ulid.First(
            from ?? (failedSince > partner.CreatedAt ? failedSince.Value - LongestCycle : partner.CreatedAt)
        );
        if (first.Time < partner.CreatedAt)
            first = Ulid.First(partner.CreatedAt);
        var operationId = $"{PrefixOf(partner.Id)}{id}";
        var order = new ReplayOrder(
            operationId,
            partner.Id.Value,
            first.Text,
            (to < now ? to.Value : now).AddMilliseconds(1),
            failedSince,
            0,
            0
        );
        await durable.StartOnceAsync(ReplayFlow.Name, operationId, order, ct);
        return Answer.Accepted(new { operationId });
    }

    [Function("GetWebhookReplay")]
    public static async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/replays/{operationId}")]
            HttpRequest http,
        string operationId,
        [DurableClient] DurableTaskClient durable
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var prefix = PrefixOf(http.Partner().Id);
        if (
            !operationId.StartsWith(prefix, StringComparison.Ordinal)
            || !Ulid.TryParse(operationId.AsSpan(prefix.Length), out _)
            || await durable.GetInstanceAsync(operationId, getInputsAndOutputs: true, ct) is not { } instance
        )
            return Answer.Error(ApiError.NotFound);
        var progress = instance.SerializedCustomStatus is null ? null : instance.ReadCustomStatusAs<ReplayProgress>();
        return Answer.Ok(
            new
            {
                operationId,
                status = instance.RuntimeStatus switch
                {
                    OrchestrationRuntimeStatus.Completed => "completed",
                    OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated => "failed",
                    _ => "running",
                },
                found = progress?.Found ?? 0,
                replayed = progress?.Replayed ?? 0,
            }
        );
    }

    private static string PrefixOf(PartnerId partner) => $"replay_{partner}_";

    private static DateTimeOffset? ReadTime(JsonInput body, string member, bool isEnd = false)
    {
        if (body.String(member, Timestamps.Rule) is not { } text)
            return null;
        if (isEnd ? Timestamps.TryParseEnd(text, out var at) : Timestamps.TryParse(text, out at))
            return at;
        body.Fail(member, Timestamps.Rule);
        return null;
    }
}

/// <summary>What the flow and its activity know: ids and times.</summary>
/// <param name="Id">The operation's id, which the deliveries that it replays carry.</param>
/// <param name="Partner">Whose.</param>
/// <param name="After">Id after which to go on.</param>
/// <param name="Until">Not part of it.</param>
/// <param name="FailedSince">When given, only what failed then or later.</param>
/// <param name="Found">Deliveries that it is about, so far.</param>
/// <param name="Replayed">Those of them that were replayed.</param>
internal sealed record ReplayOrder(
    string Id,
    string Partner,
    string After,
    DateTimeOffset Until,
    DateTimeOffset? FailedSince,
    int Found,
    int Replayed
);

/// <summary>How far a replay is.</summary>
internal sealed record ReplayProgress(int Found, int Replayed);

/// <summary>What came of one page; <paramref name="Next"/> is null after the last one.</summary>
internal sealed record ReplayedPage(int Found, int Replayed, string? Next);

/// <summary>One instance a replay of many (its id is the operation's): page by page, oldest first.</summary>
internal static class ReplayFlow
{
    public const string Name = nameof(ReplayFlow);

    /// <summary>After so many pages the history begins anew.</summary>
    private const int PagesARun = 50;

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(
        new RetryPolicy(
            maxNumberOfAttempts: 20,
            TimeSpan.FromSeconds(5),
            backoffCoefficient: 2,
            maxRetryInterval: TimeSpan.FromHours(1)
        )
    );

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var order = context.GetInput<ReplayOrder>()!;
        for (var pages = 0; pages < PagesARun; pages++)
        {
            context.SetCustomStatus(new ReplayProgress(order.Found, order.Replayed));
            var page = await context.CallActivityAsync<ReplayedPage>(ReplayPage.Name, order, Retry);
            order = order with
            {
                Found = order.Found + page.Found,
                Replayed = order.Replayed + page.Replayed,
                After = page.Next ?? order.After,
            };
            if (page.Next is null)
            {
                context.SetCustomStatus(new ReplayProgress(order.Found, order.Replayed));
                return;
            }
        }
        context.ContinueAsNew(order);
    }
}

/// <summary>
/// Activity: replays a page of deliveries. One that this operation has replayed before, in a run of this activity that
/// died, is counted and left alone.
/// </summary>
internal sealed class ReplayPage(DeliveryLog log, DeliveryReplay replay, PartnerDirectory partners)
{
    public const string Name = nameof(ReplayPage);

    private const int Size = 50;

    [Function(Name)]
    public async Task<ReplayedPage> RunAsync([ActivityTrigger] ReplayOrder order, CancellationToken ct)
    {
        if (
            await partners.FindAsync(PartnerId.FromStorage(order.Partner), ct) is not { } partner
            || !Ulid.TryParse(order.After, out var after)
        )
            return new ReplayedPage(0, 0, null);
        var page = await log.ReadForwardAsync(partner.Id, after, order.Until, filter: null, Size, ct);
        var (found, replayed) = (0, 0);
        foreach (var delivery in page.Items)
        {
            var before = delivery.ReplayId == order.Id;
            if (
                !before
                && order.FailedSince is { } since
                && !(
                    delivery.Status == DeliveryStatus.Failed && delivery.Attempts is [.., var last] && last.At >= since
                )
            )
                continue;
            found++;
            if (before || await replay.ExecuteAsync(partner, delivery, order.Id, ct) is ReplayResult.Begun)
                replayed++;
        }
        return new ReplayedPage(found, replayed, page.Next?.Text);
    }
}
