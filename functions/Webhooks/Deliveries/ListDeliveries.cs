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
internal sealed class ListDeliveries(DeliveryLog log, TimeProvider time)
{
    /// <summary>Length of the list's time range when the request has no start.</summary>
    private static readonly TimeSpan DefaultSpan = TimeSpan.FromDays(30);

    [Function("ListWebhookDeliveries")]
    [Answers(200, typeof(DeliveriesPage))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/deliveries")]
            HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var status = query.OneOf(
            "status",
            [.. Enum.GetNames<DeliveryStatus>().Select(name => name.ToLowerInvariant())]
        );
        var eventName = query.OneOf("event", [.. PartnerEvents.All, PartnerEvents.Kyc]);
        var link = query.Matching("linkId", LinkId.Pattern, LinkId.Rule);
        var (from, to) = query.Range();
        var limit = query.Integer("limit", 1, 100) ?? 20;
        var cursor = query.Matching("cursor", Cursor.Pattern, Cursor.Rule);
        if (query.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner();
        var now = time.Now();
        var newest = to < now ? to.Value : now;
        var oldest = from ?? (newest > partner.CreatedAt ? newest - DefaultSpan : partner.CreatedAt);
        var before = Ulid.First(newest.AddMilliseconds(1));
        if (cursor is not null && !TryRead(cursor, partner.Id, out before))
            return Answer.Error(ApiError.Invalid("cursor", Cursor.Rule));

        // Nothing is older than the partner.
        var page = await log.ReadBackwardAsync(
            partner.Id,
            before,
            oldest > partner.CreatedAt ? oldest : partner.CreatedAt,
            Conditions(status, eventName, link),
            limit,
            ct
        );
        return Answer.Ok(
            new DeliveriesPage
            {
                Items = [.. page.Items.Select(DeliveryView.Item)],
                NextCursor = page.Next is { } next ? Cursor.Of(partner.Id.Value, next.Text) : null,
            }
        );
    }

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

    private static string? Conditions(string? status, string? eventName, string? link)
    {
        var conditions = new List<string>();
        if (status is not null)
            conditions.Add(
                TableClient.CreateQueryFilter(
                    $"Status eq {Enum.Parse<DeliveryStatus>(status, ignoreCase: true).ToString()}"
                )
            );
        if (eventName is not null)
            conditions.Add(TableClient.CreateQueryFilter($"Event eq {eventName}"));
        if (link is not null)
            conditions.Add(TableClient.CreateQueryFilter($"LinkId eq {link}"));
        return conditions.Count == 0 ? null : string.Join(" and ", conditions);
    }
}

/// <summary>A part of the list of deliveries, newest first.</summary>
internal sealed record DeliveriesPage
{
    /// <summary>The deliveries of this part. There may be fewer than <c>limit</c> although more follow.</summary>
    public required IReadOnlyList<DeliveryView> Items { get; init; }

    /// <summary>
    /// Where the list goes on: send it as <c>cursor</c>, with the same filters. Absent at the end of the list.
    /// </summary>
    /// <example>ZGVtb3wwMW04a3A4NTQwN2MyaDl3NG42cThyM3Q1dg</example>
    public string? NextCursor { get; init; }
}
