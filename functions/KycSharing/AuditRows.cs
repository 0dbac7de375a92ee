using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.KycSharing;

/// <summary>An account was blocked or unblocked, by whom and why: rows <c>block|{ulid}</c>, for the audit.</summary>
internal sealed record BlockChange(PersonKey Owner, Ulid Id, bool Blocked, string By, byte[]? SealedNote)
    : IRow<BlockChange>
{
    /// <summary>Purpose for encrypting a note: it is an operator's free text and may name the person.</summary>
    public const string NotePurpose = "block";

    public static RowKind Kind { get; } = RowKind.Many("block|", PersonalPart.Columns("Note"));

    public static BlockChange FromRow(TableEntity row) =>
        new(
            PersonKey.FromPartition(row.PartitionKey),
            Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            row.GetBoolean("Blocked") ?? false,
            row.Text("By"),
            row.GetBinary("Note")
        );

    public TableEntity ToRow() =>
        new(Owner.Partition, Kind.KeyOf(Id))
        {
            ["Blocked"] = Blocked,
            ["By"] = By,
            ["Note"] = SealedNote,
            ["At"] = Id.Time,
        };
}

/// <summary>
/// A document that a partner shared; its picture is in rows of its own. Rows <c>document|{ulid}</c>.
/// </summary>
internal sealed record SharedDocument(
    PersonKey Owner,
    Ulid Id,
    string DocumentKind,
    string MediaType,
    byte[]? SealedNumber,
    DateTimeOffset At
) : IRow<SharedDocument>
{
    public static RowKind Kind { get; } = RowKind.Many("document|", PersonalPart.Whole);

    public static SharedDocument FromRow(TableEntity row) =>
        new(
            PersonKey.FromPartition(row.PartitionKey),
            Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            row.Text("Kind"),
            row.Text("MediaType"),
            row.GetBinary("Number"),
            row.Time("At")
        );

    /// <summary>Purpose for encrypting the number.</summary>
    public static string NumberPurpose(Ulid id) => $"document|{id}";

    public TableEntity ToRow() =>
        new(Owner.Partition, Kind.KeyOf(Id))
        {
            ["Kind"] = DocumentKind,
            ["MediaType"] = MediaType,
            ["Number"] = SealedNumber,
            ["At"] = At,
        };
}

/// <summary>The verification and screening that a partner vouched for: rows <c>reliance|{ulid}</c>.</summary>
internal sealed record Reliance(PersonKey Owner, Ulid Id, byte[] SealedScreening, DateTimeOffset At) : IRow<Reliance>
{
    public static Reliance FromRow(TableEntity row) =>
        new(
            PersonKey.FromPartition(row.PartitionKey),
            Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            row.Bytes("Screening"),
            row.Time("At")
        );

    /// <summary>Purpose for encrypting the screening.</summary>
    public const string ScreeningPurpose = "reliance";

    public static RowKind Kind { get; } = RowKind.Many("reliance|", PersonalPart.Whole);

    public TableEntity ToRow() => new(Owner.Partition, Kind.KeyOf(Id)) { ["At"] = At, ["Screening"] = SealedScreening };
}
