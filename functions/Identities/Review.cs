using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// An operator's decision about a verification or an identity, for the audit: rows <c>review|{ulid}</c>.
/// </summary>
internal sealed record Review : IRow<Review>
{
    /// <summary>The encryption purpose of a note: it is an operator's free text and may name the person.</summary>
    public const string NotePurpose = "review";

    public static RowKind Kind { get; } = RowKind.Many("review|", PersonalPart.Columns("Note"));

    public required PersonKey Owner { get; init; }
    public required string Decision { get; init; }
    public required byte[]? SealedNote { get; init; }

    /// <summary>Its time is when it was decided.</summary>
    public required Ulid Id { get; init; }

    /// <summary>Who decided, if it was said.</summary>
    public string? By { get; init; }

    /// <summary>The reviewed ticket; null for a review of the identity.</summary>
    public string? TicketId { get; init; }

    public string? TicketStatus { get; init; }

    /// <summary>For a review of the identity: its status before and after.</summary>
    public KycStatus? KycBefore { get; init; }

    public KycStatus? Kyc { get; init; }

    public static Review FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Id = Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            Decision = row.Text("Decision"),
            SealedNote = row.GetBinary("Note"),
            By = row.GetString("By"),
            TicketId = row.GetString("TicketId"),
            TicketStatus = row.GetString("TicketStatus"),
            KycBefore = KycIn(row, "KycBefore"),
            Kyc = KycIn(row, "Kyc"),
        };

    private static KycStatus? KycIn(TableEntity row, string column) =>
        row.GetString(column) is { } kyc ? Enum.Parse<KycStatus>(kyc) : null;

    public TableEntity ToRow() =>
        new(Owner.Partition, Kind.KeyOf(Id))
        {
            ["TicketId"] = TicketId,
            ["TicketStatus"] = TicketStatus,
            ["KycBefore"] = KycBefore?.ToString(),
            ["Kyc"] = Kyc?.ToString(),
            ["Decision"] = Decision,
            ["Note"] = SealedNote,
            ["By"] = By,
            ["At"] = Id.Time,
        };
}
