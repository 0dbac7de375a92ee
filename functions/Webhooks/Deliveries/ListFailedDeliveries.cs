using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary><c>GET /operator/deliveries</c>.</summary>
internal sealed class ListFailedDeliveries(FailedDeliveries failed, DeliveryLog log, RequestReader requests)
{
    private const string Scope = "|failed";

    /// <summary>List failed deliveries</summary>
    /// <remarks>
    /// The deliveries of all partners that have failed and were not replayed since, newest first. While there is
    /// <c>nextCursor</c> there may be more.
    /// </remarks>
    [Function(nameof(ListFailedDeliveries))]
    [Takes(typeof(ListFailedDeliveriesQuery))]
    [Answers(200, typeof(Part<FailedDelivery>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/deliveries")] HttpRequest http
    )
    {
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListFailedDeliveriesQuery>(query);
        string? after = null;
        if (asked.Cursor is { } cursor && !Cursor.TryRead(cursor, Scope, out after))
            query.Fail("cursor", Cursor.Rule);
        if (query.Error is { } error)
            return Answer.Error(error);
        var ct = http.HttpContext.RequestAborted;
        var items = new List<FailedDelivery>();
        string? last = null;
        var hasMore = false;
        await foreach (var (partner, id) in failed.ReadAsync(asked.PartnerId, asked.Event, after, ct))
        {
            // The index may have one too many.
            if (await log.FindAsync(partner, id, ct) is not { Status: DeliveryStatus.Failed } delivery)
                continue;
            if (hasMore = items.Count == asked.Limit)
                break;
            last = FailedDeliveries.RowKeyOf(partner, id);
            items.Add(new FailedDelivery { PartnerId = partner.Value, Delivery = DeliveryView.Item(delivery) });
        }
        return Answer.Ok(
            new Part<FailedDelivery> { Items = items, NextCursor = hasMore ? Cursor.Of(Scope, last!) : null }
        );
    }
}

/// <summary>Which failed deliveries are wanted.</summary>
internal sealed record ListFailedDeliveriesQuery : PartQuery
{
    /// <summary>Where they stand: only those that failed are listed over all partners.</summary>
    /// <example>failed</example>
    [OneOf("failed")]
    public string Status { get; init; } = "failed";

    /// <summary>Only those of this partner.</summary>
    /// <example>demo</example>
    [PartnerId]
    public PartnerId? PartnerId { get; init; }

    /// <summary>Only those of this event.</summary>
    /// <example>link.opened</example>
    [DeliveredEvent]
    public string? Event { get; init; }
}

/// <summary>A delivery that failed.</summary>
internal sealed record FailedDelivery
{
    /// <summary>The partner to which it was to go.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The delivery, without its attempts.</summary>
    public required DeliveryView Delivery { get; init; }
}
