using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>Where a data request stands.</summary>
internal enum DataRequestStatus
{
    Pending,
    Fulfilled,
    Expired,
    Cancelled,
}

/// <summary>The allowed moves of a data request: one table, asked by everything that changes one.</summary>
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

/// <summary>What a partner was asked for, and what came of it.</summary>
internal sealed record DataRequest : IRow<DataRequest>
{
    // A hash of few possible values, such as a date of birth, can be guessed.
    public static RowKind Kind { get; } =
        RowKind.Many("request|", PersonalPart.Columns("AnswerHash")) with
        {
            IsTraced = true,
        };

    public required PersonKey Owner { get; init; }
    public required DataRequestId Id { get; init; }
    public required DataRequestStatus Stored { get; init; }

    /// <summary>Dotted paths out of <see cref="UserData.CipFields"/>.</summary>
    public required IReadOnlyList<string> RequiredFields { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The link's expiry when it was asked.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// True for a question that came of the link's opening: then the person may wait a moment for its answer. One that
    /// came of the creation had its time before.
    /// </summary>
    public bool IsPersonWaiting { get; init; }

    public DateTimeOffset? FulfilledAt { get; init; }

    /// <summary>Tell a repeated answer from another one.</summary>
    public IReadOnlyList<string> AnswerHashes { get; init; } = [];

    /// <summary>
    /// The fields that were asked for and that the partner's answers gave; null before the first answer.
    /// </summary>
    public IReadOnlyList<string>? AnsweredFields { get; init; }

    /// <summary>Why an answer in the webhook's response was not taken.</summary>
    public string? AnswerNote { get; init; }

    /// <summary>The fields that were asked for and that no answer of the partner has given.</summary>
    public IEnumerable<string> OpenFields => RequiredFields.Except(AnsweredFields ?? []);

    /// <summary>When the widget was told to ask the person itself.</summary>
    public DateTimeOffset? FellBackAt { get; init; }

    /// <summary>
    /// How long the partner may still answer before the widget asks, from the step that needs the data on.
    /// </summary>
    /// <param name="gracePeriod">For one whose person waits.</param>
    public TimeSpan Grace(TimeSpan gracePeriod) => IsPersonWaiting ? gracePeriod : TimeSpan.Zero;

    /// <summary>
    /// The status at a moment: past its time it is expired whatever its row says, because the timer may be late.
    /// </summary>
    public DataRequestStatus StatusAt(DateTimeOffset now) =>
        Stored == DataRequestStatus.Pending && now >= ExpiresAt ? DataRequestStatus.Expired : Stored;

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
