using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Events;

/// <summary>
/// Something that happened to a person's records, committed in the same transaction as the change itself. The link's
/// timeline and all webhooks are made from these rows.
/// </summary>
internal sealed record EventRow : IRow<EventRow>
{
    /// <summary>Members of a body's <c>data</c> with content from a partner or a device.</summary>
    private static readonly string[] PersonalMembers = ["metadata", "reason", "deviceInfo"];

    public static RowKind Kind { get; } =
        RowKind.Many("event|", PersonalPart.Inside(RemovePersonalMembers)) with
        {
            IsTraced = true,
        };

    public required PersonKey Owner { get; init; }
    public required Ulid Id { get; init; }

    public PartnerId Partner => Owner.Partner;
    public ReferenceId Reference => Owner.Reference;

    /// <summary>One of <see cref="PartnerEvents"/>, or an internal name that no partner can subscribe to.</summary>
    public required string Name { get; init; }

    /// <summary>The link that the event is about; null where it is about none.</summary>
    public string? LinkId { get; init; }

    /// <summary>The webhook's exact body: built once, the same bytes for every attempt and every replay.</summary>
    public required string Body { get; init; }

    /// <summary>The link's own webhook URL, if it has one.</summary>
    public string? CallbackUrl { get; init; }

    /// <summary>The data request, ticket or operation that the event is about, if any.</summary>
    public string? SubjectId { get; init; }

    /// <summary>
    /// The person's state after the change, in the form of the user index. Null where the change did not affect it,
    /// and in all but the first event of a change.
    /// </summary>
    public string? User { get; init; }

    /// <summary>
    /// True where the person is one of several references of an account, whose root must be updated too.
    /// </summary>
    public bool OfAccount { get; init; }

    /// <summary>True where operators see the person in another list since the change, or no longer in one.</summary>
    public bool TellsOperators { get; init; }

    /// <summary>For a data request: true where the person is waiting while the partner is asked.</summary>
    public bool IsPersonWaiting { get; init; }

    /// <summary>When the link's time is up.</summary>
    public DateTimeOffset? LinkExpiresAt { get; init; }

    /// <summary>
    /// What the statistics count it as beyond its name, for example how a data request ended; null where the name says
    /// it all.
    /// </summary>
    public string? CountedAs { get; init; }

    /// <summary>The position among the events of one change, from 0, because they all have the same time.</summary>
    public int Order { get; init; }

    /// <summary>When the follow-up (orchestrations, delivery) was completed; null until then.</summary>
    public DateTimeOffset? FollowedUpAt { get; init; }

    /// <summary>A new event in the common webhook envelope.</summary>
    /// <param name="name">One of <see cref="PartnerEvents"/>, or of <see cref="InternalEvents"/>.</param>
    /// <param name="owner">The person.</param>
    /// <param name="link">The link that it is about; null where it is about none.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="data">
    /// The member <c>data</c> of the webhook's body. No personal values: the body is stored in clear text.
    /// </param>
    /// <param name="subjectId">The data request, ticket or operation that it is about.</param>
    public static EventRow New<T>(
        string name,
        PersonKey owner,
        EventLink? link,
        DateTimeOffset at,
        T data,
        string? subjectId = null
    ) =>
        Of(
            name,
            owner,
            at,
            new EventBody<T>
            {
                Event = name,
                Timestamp = at,
                Data = data,
            },
            subjectId
        ) with
        {
            LinkId = link?.Id,
            LinkExpiresAt = link?.ExpiresAt,
            CallbackUrl = link?.CallbackUrl,
        };

    /// <summary>A new event whose body has no envelope.</summary>
    /// <param name="name">One of <see cref="PartnerEvents"/>, or of <see cref="InternalEvents"/>.</param>
    /// <param name="owner">The person.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="body">The webhook's exact body. No personal values: it is stored in clear text.</param>
    /// <param name="subjectId">The record that the event is about, if any.</param>
    public static EventRow Of<T>(string name, PersonKey owner, DateTimeOffset at, T body, string? subjectId = null) =>
        new()
        {
            Owner = owner,
            Id = Ulid.New(at),
            Name = name,
            SubjectId = subjectId,
            Body = JsonSerializer.Serialize(body, Answer.Json),
        };

    public static string RowKeyOf(Ulid id) => Kind.KeyOf(id);

    /// <summary>Reads the event's id from a row key; false for a key of another kind.</summary>
    public static bool TryParseKey(string rowKey, out Ulid id)
    {
        id = default;
        return Kind.Covers(rowKey) && Ulid.TryParse(Kind.IdIn(rowKey), out id);
    }

    public static EventRow FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Id = Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            Name = row.Text("Name"),
            LinkId = row.GetString("LinkId"),
            SubjectId = row.GetString("SubjectId"),
            LinkExpiresAt = row.GetDateTimeOffset("LinkExpiresAt"),
            CallbackUrl = row.GetString("CallbackUrl"),
            Body = row.Text("Body"),
            User = row.GetString("User"),
            OfAccount = row.GetBoolean("OfAccount") ?? false,
            TellsOperators = row.GetBoolean("TellsOperators") ?? false,
            IsPersonWaiting = row.GetBoolean("IsPersonWaiting") ?? false,
            CountedAs = row.GetString("CountedAs"),
            Order = row.GetInt32("Order") ?? 0,
            FollowedUpAt = row.GetDateTimeOffset("FollowedUpAt"),
        };

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Id))
        {
            ["Name"] = Name,
            ["LinkId"] = LinkId,
            ["SubjectId"] = SubjectId,
            ["LinkExpiresAt"] = LinkExpiresAt,
            ["CallbackUrl"] = CallbackUrl,
            ["Body"] = Body,
            ["User"] = User,
            ["OfAccount"] = OfAccount ? true : null,
            ["TellsOperators"] = TellsOperators ? true : null,
            ["IsPersonWaiting"] = IsPersonWaiting ? true : null,
            ["CountedAs"] = CountedAs,
            ["Order"] = Order,
            ["FollowedUpAt"] = FollowedUpAt,
        };

    private static bool RemovePersonalMembers(TableEntity row)
    {
        var body = JsonNode.Parse(row.Text("Body"))!;
        var personal = body["data"] is JsonObject data ? PersonalMembers.Where(data.Remove).ToList() : [];
        if (personal.Count == 0)
            return false;
        row["Body"] = body.ToJsonString(StoredJson.Options);
        return true;
    }
}

/// <summary>The link data that an event carries.</summary>
/// <param name="Id">The link.</param>
/// <param name="ExpiresAt">When its time is up.</param>
/// <param name="CallbackUrl">Its own webhook URL, if it has one.</param>
/// <param name="Metadata">The partner's own metadata, if any.</param>
internal sealed record EventLink(string Id, DateTimeOffset ExpiresAt, string? CallbackUrl, JsonElement? Metadata);

/// <summary>A message of the queue <c>events</c>: announces an event row that is about to be committed.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Reference">The person.</param>
/// <param name="Id">The event.</param>
/// <param name="Look">How many rounds of reads have not found the row.</param>
internal sealed record Announcement(string Partner, string Reference, string Id, int Look) : IQueueTask
{
    public static Announcement Of(EventRow row) => new(row.Partner.Value, row.Reference.Value, row.Id.Text, 0);
}

/// <summary>The body of a webhook: its bytes are the same in every attempt and every replay.</summary>
internal sealed record EventBody<T>
{
    /// <summary>The name of the event.</summary>
    /// <example>link.created</example>
    public required string Event { get; init; }

    /// <summary>When it happened, which can be long before this attempt to deliver it.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What happened: each event has its own form.</summary>
    public required T Data { get; init; }
}
