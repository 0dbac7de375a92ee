using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// <c>GET /partner/webhooks/deliveries</c>: sent and pending deliveries, newest first; and a single delivery with its
/// attempts.
/// </summary>
internal sealed class ListDeliveries(DeliveryLog log, RequestReader requests, TimeProvider time)
{
    /// <summary>Length of the list's time range when the request has no start.</summary>
    private static readonly TimeSpan DefaultSpan = TimeSpan.FromDays(30);

    /// <summary>List deliveries</summary>
    /// <remarks>
    /// What was sent to you or is to be sent, newest first: of the last 30 days where <c>from</c> is not given. While
    /// there is <c>nextCursor</c> there may be more, even where a part has few items or none.
    /// </remarks>
    [Function("ListWebhookDeliveries")]
    [Takes(typeof(ListDeliveriesQuery))]
    [Answers(200, typeof(Part<DeliveryView>))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/deliveries")]
            HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListDeliveriesQuery>(query);
        if (query.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner();
        var now = time.Now();
        var newest = asked.To < now ? asked.To.Value : now;
        var oldest = asked.From ?? (newest > partner.CreatedAt ? newest - DefaultSpan : partner.CreatedAt);
        var before = Ulid.First(newest.AddMilliseconds(1));
        if (asked.Cursor is { } cursor && !TryRead(cursor, partner.Id, out before))
            return Answer.Error(ApiError.Invalid("cursor", Cursor.Rule));

        // Nothing is older than the partner.
        var page = await log.ReadBackwardAsync(
            partner.Id,
            before,
            oldest > partner.CreatedAt ? oldest : partner.CreatedAt,
            Conditions(asked),
            asked.Limit,
            ct
        );
        return Answer.Ok(
            new Part<DeliveryView>
            {
                Items = [.. page.Items.Select(DeliveryView.Item)],
                NextCursor = page.Next is { } next ? Cursor.Of(partner.Id.Value, next.Text) : null,
            }
        );
    }

    /// <summary>Get a delivery</summary>
    /// <remarks>
    /// One delivery with its attempts: when, what your endpoint answered, and the headers that were sent, with
    /// signatures masked.
    /// </remarks>
    [Function("GetWebhookDelivery")]
    [Answers(200, typeof(DeliveryView))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/deliveries/{deliveryId}")]
            HttpRequest http,
        string deliveryId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!EventId.TryParse(deliveryId, out var id))
            return Answer.Error(ApiError.NotFound);
        return await log.FindAsync(http.Partner().Id, id.Id, ct) is { } delivery
            ? Answer.Ok(DeliveryView.Whole(delivery))
            : Answer.Error(ApiError.NotFound);
    }

    private static bool TryRead(string cursor, PartnerId partner, out Ulid before)
    {
        before = default;
        return Cursor.TryRead(cursor, partner.Value, out var last) && Ulid.TryParse(last, out before);
    }

    private static string? Conditions(ListDeliveriesQuery asked)
    {
        var conditions = new List<string>();
        if (asked.Status is { } status)
            conditions.Add(TableClient.CreateQueryFilter($"Status eq {status.ToString()}"));
        if (asked.Event is { } eventName)
            conditions.Add(TableClient.CreateQueryFilter($"Event eq {eventName}"));
        if (asked.LinkId is { } link)
            conditions.Add(TableClient.CreateQueryFilter($"LinkId eq {link}"));
        if (asked.ReplayId is { } replay)
            conditions.Add(TableClient.CreateQueryFilter($"ReplayId eq {replay}"));
        return conditions.Count == 0 ? null : string.Join(" and ", conditions);
    }
}

/// <summary>Which deliveries are wanted.</summary>
internal sealed record ListDeliveriesQuery : PartQuery, ICheckedQuery
{
    /// <summary>Only those that stand there.</summary>
    /// <example>failed</example>
    [OneOf<DeliveryStatus>]
    public DeliveryStatus? Status { get; init; }

    /// <summary>Only those of this event.</summary>
    /// <example>link.opened</example>
    [DeliveredEvent]
    public string? Event { get; init; }

    /// <summary>Only those of this link.</summary>
    /// <example>link_demo_01kbq3v7m2x9f4t8z6w1c5r0ne</example>
    [LinkId]
    public string? LinkId { get; init; }

    /// <summary>
    /// Only those that were last sent again by this replay of many: what came of it. A delivery that was replayed once
    /// more since is no longer among them.
    /// </summary>
    /// <example>replay_demo_01m8kp85405d8g1k3m6p9s2v4x</example>
    [ReplayId]
    public string? ReplayId { get; init; }

    /// <summary>
    /// Only those of events that happened then or later: a timestamp (ISO 8601; without an offset, UTC) or a date,
    /// which is its first moment in UTC. Without it, those of the last 30 days.
    /// </summary>
    /// <example>2026-11-01</example>
    [Moment]
    public DateTimeOffset? From { get; init; }

    /// <summary>
    /// Only those of events that happened then or earlier: a timestamp or a date, which is that whole day in UTC. Not
    /// before <c>from</c>.
    /// </summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    [LastMoment]
    public DateTimeOffset? To { get; init; }

    /// <inheritdoc/>
    public void Check(QueryInput query) => query.CheckPeriod(From, To);
}

/// <summary>An event that is delivered to partners.</summary>
internal sealed class DeliveredEventAttribute() : OneOfAttribute([.. PartnerEvents.All, PartnerEvents.Kyc]);
