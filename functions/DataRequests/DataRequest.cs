using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>The status of a data request.</summary>
internal enum DataRequestStatus
{
    /// <summary>Not answered yet.</summary>
    Pending,

    /// <summary>Answered, at least in part.</summary>
    Fulfilled,

    /// <summary>Not answered before its link expired.</summary>
    Expired,

    /// <summary>Its link was revoked.</summary>
    Cancelled,
}

/// <summary>The allowed status transitions of a data request, in one table that every change checks.</summary>
internal static class DataRequestTransitions
{
    private static readonly HashSet<(DataRequestStatus From, DataRequestStatus To)> Allowed =
    [
        (DataRequestStatus.Pending, DataRequestStatus.Fulfilled),
        (DataRequestStatus.Pending, DataRequestStatus.Expired),
        (DataRequestStatus.Pending, DataRequestStatus.Cancelled),
    ];

    public static bool Allows(DataRequestStatus from, DataRequestStatus to) => Allowed.Contains((from, to));
}

/// <summary>What a partner was asked for, and the outcome.</summary>
internal sealed record DataRequest : IRow<DataRequest>
{
    // The hash counts as personal: values with few possibilities, such as a date of birth, can be guessed from it.
    public static RowKind Kind { get; } =
        RowKind.Many("request|", PersonalPart.Columns("AnswerHash")) with
        {
            IsTraced = true,
        };

    public required PersonKey Owner { get; init; }
    public required DataRequestId Id { get; init; }
    public required DataRequestStatus Stored { get; init; }

    /// <summary>Dotted paths from <see cref="UserData.CipFields"/>.</summary>
    public required IReadOnlyList<string> RequiredFields { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The link's expiry when it was asked.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// True where opening the link caused the request, so the person may have to wait a moment for the answer. A
    /// request made at the link's creation needs no such wait: the partner had time before.
    /// </summary>
    public bool IsPersonWaiting { get; init; }

    public DateTimeOffset? FulfilledAt { get; init; }

    /// <summary>Used to recognize a repeated answer.</summary>
    public IReadOnlyList<string> AnswerHashes { get; init; } = [];

    /// <summary>The requested fields that the partner has answered; null before the first answer.</summary>
    public IReadOnlyList<string>? AnsweredFields { get; init; }

    /// <summary>Why an answer in the webhook's response was not accepted.</summary>
    public string? AnswerNote { get; init; }

    /// <summary>The requested fields that the partner has not answered.</summary>
    public IEnumerable<string> OpenFields => RequiredFields.Except(AnsweredFields ?? []);

    /// <summary>Since when the widget asks the person instead.</summary>
    public DateTimeOffset? FellBackAt { get; init; }

    /// <summary>
    /// How long the widget waits for the partner, from the step that needs the data, before it asks the person.
    /// </summary>
    /// <param name="gracePeriod">Applies where the person is waiting.</param>
    public TimeSpan Grace(TimeSpan gracePeriod) => IsPersonWaiting ? gracePeriod : TimeSpan.Zero;

    /// <summary>
    /// The status at a given time. After its expiry it is expired whatever the row says, because the timer may be
    /// late.
    /// </summary>
    public DataRequestStatus StatusAt(DateTimeOffset now) =>
        Stored == DataRequestStatus.Pending && now >= ExpiresAt ? DataRequestStatus.Expired : Stored;

    /// <summary>What its end is counted as; null once it fell back, which is its end for the statistics.</summary>
    public string? EndingAs(Measure ending) => FellBackAt is null ? ending.ToString() : null;

    public static string RowKeyOf(DataRequestId id) => Kind.KeyOf(id);

    public static DataRequest FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Id = DataRequestId.FromStorage(Kind.IdIn(row.RowKey)),
            Stored = Enum.Parse<DataRequestStatus>(row.Text("Status")),
            RequiredFields = row.Text("RequiredFields").Split(' '),
            CreatedAt = row.Time("CreatedAt"),
            ExpiresAt = row.Time("ExpiresAt"),
            IsPersonWaiting = row.GetBoolean("IsPersonWaiting") ?? true,
            FulfilledAt = row.GetDateTimeOffset("FulfilledAt"),
            AnswerHashes = SplitAtSpaces(row.GetString("AnswerHash")),
            AnsweredFields = row.GetString("AnsweredFields") is { } answered ? SplitAtSpaces(answered) : null,
            AnswerNote = row.GetString("AnswerNote"),
            FellBackAt = row.GetDateTimeOffset("FellBackAt"),
        };

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Id))
        {
            ["Status"] = Stored.ToString(),
            ["RequiredFields"] = string.Join(' ', RequiredFields),
            ["CreatedAt"] = CreatedAt,
            ["ExpiresAt"] = ExpiresAt,
            ["IsPersonWaiting"] = IsPersonWaiting,
            ["FulfilledAt"] = FulfilledAt,
            ["AnswerHash"] = string.Join(' ', AnswerHashes),
            ["AnsweredFields"] = AnsweredFields is null ? null : string.Join(' ', AnsweredFields),
            ["AnswerNote"] = AnswerNote,
            ["FellBackAt"] = FellBackAt,
        };

    private static string[] SplitAtSpaces(string? text) =>
        text?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
