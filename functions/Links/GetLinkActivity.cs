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
    [Function(nameof(GetLinkActivity))]
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
        var items = new List<(DateTimeOffset At, int Order, object Item)>();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
        {
            var happened = EventRow.FromRow(row);
            if (!PartnerEvents.All.Contains(happened.Name))
                continue;
            var body = JsonElement.Parse(happened.Body);
            var at = body.GetProperty("timestamp").GetDateTimeOffset();
            items.Add(
                (
                    at,
                    happened.Order,
                    new
                    {
                        type = happened.Name,
                        at,
                        data = body.GetProperty("data"),
                    }
                )
            );
        }
        // A creation that failed after a conflict may leave an index row behind: such a link has no events, not even
        // its creation.
        return items.Count == 0
            ? Answer.Error(ApiError.NotFound)
            : Answer.Ok(
                new { items = items.OrderBy(item => item.At).ThenBy(item => item.Order).Select(item => item.Item) }
            );
    }
}
