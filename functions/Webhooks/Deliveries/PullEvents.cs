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
    RequestReader requests,
    TimeProvider time
)
{
    /// <summary>
    /// An event's record is written after its commit: one that appears behind a reader's position would never be read.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>Pull events</summary>
    /// <remarks>
    /// The events that were queued for delivery to you, oldest first, each with the exact body and the headers of its
    /// webhook, freshly signed. Use it instead of an endpoint, or to catch up: store <c>next</c>, and go on with it as
    /// <c>after</c>. Events appear ten seconds after they happened.
    /// </remarks>
    [Function(nameof(PullEvents))]
    [Takes(typeof(PullEventsQuery))]
    [Answers(200, typeof(PulledEvents))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/events")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<PullEventsQuery>(query);
        if (query.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner();
        // Nothing is older than the partner.
        var start = Ulid.First(partner.CreatedAt);
        if (asked.After is { Id: var read } && read.Time > start.Time)
            start = read;

        var page = await log.ReadForwardAsync(partner.Id, start, time.Now() - Settling, filter: null, asked.Limit, ct);
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, time.Now(), ct);
        var items = await Task.WhenAll(page.Items.Select(delivery => ShowAsync(partner, delivery, secrets, ct)));
        var last = page.Next ?? (page.Items.Count > 0 ? page.Items[^1].Id : start);
        return Answer.Ok(
            new PulledEvents
            {
                Items = [.. items.OfType<PulledEvent>()],
                Next = new EventId(last).Value,
                HasMore = page.Next is not null,
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
        return new PulledEvent
        {
            Id = delivery.WebhookId,
            Event = delivery.Event,
            Body = body,
            Headers = headers ?? new Dictionary<string, string>(),
        };
    }
}

/// <summary>Which events are wanted.</summary>
internal sealed record PullEventsQuery
{
    /// <summary>The most events of an answer.</summary>
    /// <example>20</example>
    [WholeNumber(1, 100)]
    public int Limit { get; init; } = 20;

    /// <summary>
    /// Only events after this one: the <c>next</c> of the answer before. Without it, from the first on.
    /// </summary>
    /// <example>evt_01jt0000000000000000000000</example>
    [EventId]
    public EventId? After { get; init; }
}

/// <summary>The id of an event; an unknown one is a place in their order, too.</summary>
internal sealed class EventIdAttribute() : PatternAttribute(EventId.Pattern, Rule)
{
    private const string Rule = "must be an event's id, for example evt_01jt0000000000000000000000";

    public override object? Read(QueryInput query, string name, FieldContext context)
    {
        if (base.Read(query, name, context) is not string text)
            return null;
        if (EventId.TryParse(text, out var id))
            return id;
        query.Fail(name, Rule);
        return null;
    }
}

/// <summary>Events in the order in which they happened.</summary>
internal sealed record PulledEvents
{
    /// <summary>The events, oldest first. Empty if none has come since.</summary>
    public required IReadOnlyList<PulledEvent> Items { get; init; }

    /// <summary>Where to go on: store it, and send it as <c>after</c> in the next call.</summary>
    /// <example>evt_01m8kp85407c2h9w4n6q8r3t5v</example>
    public required string Next { get; init; }

    /// <summary>
    /// <c>true</c>: call again at once, there are more events. <c>false</c>: these were all that are at least ten
    /// seconds old.
    /// </summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }
}

/// <summary>An event with the body and the headers of its webhook.</summary>
internal sealed record PulledEvent
{
    /// <summary>The event's id: the header <c>webhook-id</c> of its webhook.</summary>
    /// <example>evt_01m8kp85407c2h9w4n6q8r3t5v</example>
    public required string Id { get; init; }

    /// <summary>The event's name.</summary>
    /// <example>link.opened</example>
    public required string Event { get; init; }

    /// <summary>
    /// The exact body of the webhook, as text: verify the signature over its UTF-8 bytes before you parse it.
    /// </summary>
    /// <example>{"event":"link.opened","timestamp":"2026-11-29T13:00:00.000Z","data":{"linkId":"link_demo_…"}}</example>
    public required string Body { get; init; }

    /// <summary>
    /// The headers of a webhook with this body, signed now. Empty for the event <c>kyc</c> of a partner that has no key
    /// of the identity API.
    /// </summary>
    /// <example>{ "webhook-id": "evt_01m8kp85407c2h9w4n6q8r3t5v", "webhook-timestamp": "1795957201" }</example>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }
}
