using System.Text;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// <c>GET /partner/events?after=&amp;limit=</c>: events queued for delivery, oldest first, with the webhooks' bodies
/// and fresh signatures.
/// </summary>
internal sealed class PullEvents(
    DeliveryLog log,
    AppTables tables,
    KeyRing keyRing,
    KycSigner signer,
    TimeProvider time
)
{
    /// <summary>
    /// An event's record is written after its commit: one that appears behind a reader's position would never be read.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    private const string AfterRule = "must be an event's id, for example evt_01jt0000000000000000000000";

    [Function(nameof(PullEvents))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/events")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var limit = query.Integer("limit", 1, 100) ?? 20;
        var after = query.Matching("after", EventId.Pattern, AfterRule);
        if (query.Error is { } error)
            return Answer.Error(error);
        if (!EventId.TryParse(after, out var read) && after is not null)
            return Answer.Error(ApiError.Invalid("after", AfterRule));
        var partner = http.Partner();
        // Nothing is older than the partner.
        var start = Ulid.First(partner.CreatedAt);
        if (after is not null && read.Id.Time > start.Time)
            start = read.Id;

        var page = await log.ReadForwardAsync(partner.Id, start, time.Now() - Settling, filter: null, limit, ct);
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, time.Now(), ct);
        var items = await Task.WhenAll(page.Items.Select(delivery => ShowAsync(partner, delivery, secrets, ct)));
        var last = page.Next ?? (page.Items.Count > 0 ? page.Items[^1].Id : start);
        return Answer.Ok(
            new
            {
                items = items.OfType<PulledEvent>().ToList(),
                next = new EventId(last).Value,
                hasMore = page.Next is not null,
            }
        );
    }

    private async Task<PulledEvent?> ShowAsync(
        Partner partner,
        Delivery delivery,
        SigningSecrets secrets,
        CancellationToken ct
    )
    {
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            EventRow.RowKeyOf(delivery.Id),
            ["Body"],
            ct
        );
        if (!row.HasValue)
            return null;
        var body = row.Value!.Text("Body");
        var bytes = Encoding.UTF8.GetBytes(body);
        IReadOnlyDictionary<string, string>? headers;
        if (WebhookFamily.Of(delivery.Event) == WebhookFamily.Identity)
            headers = await signer.SignAsync(partner, delivery.WebhookId, delivery.Url, bytes, ct);
        else
        {
            var now = TimeProvider.System.GetUtcNow();
            headers = SignedHeaders.Of(delivery.Event, delivery.WebhookId, bytes, secrets, now);
        }
        // Without a key of the identity API nothing can be signed: the event is shown without signature.
        return new PulledEvent(delivery.WebhookId, delivery.Event, body, headers ?? new Dictionary<string, string>());
    }

    /// <summary>An event as the partner pulls it.</summary>
    /// <param name="Body">As text: the signature covers its UTF-8 bytes.</param>
    private sealed record PulledEvent(
        string Id,
        string Event,
        string Body,
        IReadOnlyDictionary<string, string> Headers
    );
}
