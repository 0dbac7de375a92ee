using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Events;

/// <summary>
/// Something that happened to a person's records, committed in the same transaction as the change itself: the link's
/// timeline and the source of each webhook.
/// </summary>
internal sealed record EventRow
{
    /// <summary>Column: which of a change's events it is, from 0. They all have the change's moment.</summary>
    public const string Order = "Order";

    /// <summary>Column of a change's first event where the change moved the person: for the index of users.</summary>
    public const string UserStamp = "User";

    public required PartnerId Partner { get; init; }
    public required ReferenceId Reference { get; init; }
    public required Ulid Id { get; init; }

    /// <summary>
    /// One of <see cref="PartnerEvents"/>, or a name of our own that no partner can subscribe to.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The link that it is about; null for what happened to the person without one.</summary>
    public string? LinkId { get; init; }

    /// <summary>The webhook's exact body: built once, the same bytes for every attempt and every replay.</summary>
    public required string Body { get; init; }

    /// <summary>The link's own webhook URL, if it has one.</summary>
    public string? CallbackUrl { get; init; }

    /// <summary>The data request, ticket or operation that it is about, where it is about one.</summary>
    public string? SubjectId { get; init; }

    /// <summary>
    /// Where the person stands after the change, as the index of users keeps it; null where the change did not move it,
    /// and in all but the change's first event.
    /// </summary>
    public string? User { get; init; }

    /// <summary>True where the person is one of several references of an account, which is to hear of it.</summary>
    public bool OfAccount { get; init; }

    /// <summary>Of a request for data: true where the person is there while the partner is asked.</summary>
    public bool IsPersonWaiting { get; init; }

    /// <summary>When the link's time is up.</summary>
    public DateTimeOffset? LinkExpiresAt { get; init; }

    /// <summary>When the orchestration and the delivery were seen to; null until then.</summary>
    public DateTimeOffset? FollowedUpAt { get; init; }

    /// <summary>A new event of a person that no link is about.</summary>
    /// <param name="name">One of <see cref="PartnerEvents"/>.</param>
    /// <param name="owner">The person.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="body">The webhook's exact body. No personal values: it is stored in clear.</param>
    /// <param name="subjectId">What it is about, where it is about something.</param>
    public static EventRow Of(string name, PersonKey owner, DateTimeOffset at, object body, string? subjectId = null) =>
        new()
        {
            SubjectId = subjectId,
            Partner = owner.Partner,
            Reference = owner.Reference,
            Id = Ulid.New(at),
            Name = name,
            Body = JsonSerializer.Serialize(body, Answer.Json),
        };

    public static string RowKeyOf(Ulid id) => $"event|{id}";

    public static EventRow FromRow(TableEntity row, PersonKey owner, Ulid id) =>
        new()
        {
            Partner = owner.Partner,
            Reference = owner.Reference,
            Id = id,
            Name = row.Text("Name"),
            LinkId = row.GetString("LinkId"),
            SubjectId = row.GetString("SubjectId"),
            LinkExpiresAt = row.GetDateTimeOffset("LinkExpiresAt"),
            CallbackUrl = row.GetString("CallbackUrl"),
            Body = row.Text("Body"),
            User = row.GetString(UserStamp),
            OfAccount = row.GetBoolean("OfAccount") ?? false,
            IsPersonWaiting = row.GetBoolean("IsPersonWaiting") ?? false,
            FollowedUpAt = row.GetDateTimeOffset("FollowedUpAt"),
        };

    public TableEntity ToRow() =>
        new(new PersonKey(Partner, Reference).Partition, RowKeyOf(Id))
        {
            ["Name"] = Name,
            ["LinkId"] = LinkId,
            ["SubjectId"] = SubjectId,
            ["LinkExpiresAt"] = LinkExpiresAt,
            ["CallbackUrl"] = CallbackUrl,
            ["Body"] = Body,
            ["OfAccount"] = OfAccount ? true : null,
            ["IsPersonWaiting"] = IsPersonWaiting ? true : null,
            ["FollowedUpAt"] = FollowedUpAt,
        };
}

/// <summary>A message of the queue <c>events</c>: names the event row to come.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Reference">The person.</param>
/// <param name="Id">The event.</param>
/// <param name="Look">How often the row was looked for in vain.</param>
internal sealed record Announcement(string Partner, string Reference, string Id, int Look) : IQueueTask
{
    public static Announcement Of(EventRow row) => new(row.Partner.Value, row.Reference.Value, row.Id.Text, 0);
}
