using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>GET /partner/links/{linkId}/activity</c>: the events of a link, oldest first, with the data of the webhooks,
/// subscribed or not.
/// </summary>
internal sealed class GetLinkActivity(AppTables tables, LinkIndex index)
{
    /// <summary>List a link's events</summary>
    /// <remarks>
    /// Everything that happened with the link, oldest first, with the data of the webhooks, whether you subscribed to
    /// them or not. Use it to see why a person did not finish.
    /// </remarks>
    [Function(nameof(GetLinkActivity))]
    [Answers(200, typeof(LinkActivity))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/links/{linkId}/activity")]
            HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !LinkId.TryParse(linkId, out var id)
            || id.Partner != http.Partner().Id
            || await index.FindOwnerAsync(id, ct) is not { } owner
        )
            return Answer.Error(ApiError.NotFound);
        var filter =
            EventRow.Kind.FilterIn(owner.Partition) + TableClient.CreateQueryFilter($" and LinkId eq {id.Value}");
        var items = new List<(int Order, LinkActivityItem Item)>();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
        {
            var happened = EventRow.FromRow(row);
            if (!PartnerEvents.All.Contains(happened.Name))
                continue;
            var body = JsonElement.Parse(happened.Body);
            items.Add(
                (
                    happened.Order,
                    new LinkActivityItem
                    {
                        Type = happened.Name,
                        At = body.GetProperty("timestamp").GetDateTimeOffset(),
                        Data = body.GetProperty("data"),
                    }
                )
            );
        }
        // A creation that failed after a conflict may leave an index row behind: such a link has no events, not even
        // its creation.
        return items.Count == 0
            ? Answer.Error(ApiError.NotFound)
            : Answer.Ok(
                new LinkActivity
                {
                    Items =
                    [
                        .. items.OrderBy(item => item.Item.At).ThenBy(item => item.Order).Select(item => item.Item),
                    ],
                }
            );
    }
}

/// <summary>What happened with a link.</summary>
internal sealed record LinkActivity
{
    /// <summary>The events of the link, oldest first, whether you subscribed to them or not.</summary>
    public required IReadOnlyList<LinkActivityItem> Items { get; init; }
}

/// <summary>One event of a link.</summary>
internal sealed record LinkActivityItem
{
    /// <summary>The name of the event, as in the webhook.</summary>
    /// <example>link.opened</example>
    public required string Type { get; init; }

    /// <summary>When it happened.</summary>
    /// <example>2026-11-29T14:02:10.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// The member <c>data</c> of the event's webhook. After an erasure it has no <c>metadata</c>, <c>reason</c> and
    /// <c>deviceInfo</c>.
    /// </summary>
    public required JsonElement Data { get; init; }
}
