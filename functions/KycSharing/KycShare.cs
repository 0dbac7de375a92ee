using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// A share that is being processed: row <c>share|{ulid}</c> in the partition of the account's root at the time of
/// acceptance.
/// </summary>
internal sealed record KycShare : IRow<KycShare>
{
    public static RowKind Kind { get; } = RowKind.Many("share|", PersonalPart.Whole);

    public required PersonKey Holder { get; init; }
    public required Ulid Id { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The partner's token, wrapped by the key ring; null once it was used or is needed no more.</summary>
    public string? WrappedToken { get; init; }

    /// <summary>The provider's id of the person; null before the import.</summary>
    public string? Applicant { get; init; }

    public DateTimeOffset? ImportedAt { get; init; }

    /// <summary>The result; null while the share is open.</summary>
    public string? Outcome { get; init; }

    public bool IsOpen => Outcome is null;

    public static string RowKeyOf(Ulid id) => Kind.KeyOf(id);

    /// <summary>What the wrapped token is bound to.</summary>
    public static string Purpose(Ulid id) => $"share-token|{id}";

    public static KycShare FromRow(TableEntity row) =>
        new()
        {
            Holder = PersonKey.FromPartition(row.PartitionKey),
            Id = Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            At = row.Time("At"),
            WrappedToken = row.GetString("Token"),
            Applicant = row.GetString("Applicant"),
            ImportedAt = row.GetDateTimeOffset("ImportedAt"),
            Outcome = row.GetString("Outcome"),
        };

    public TableEntity ToRow() =>
        new(Holder.Partition, RowKeyOf(Id))
        {
            ["At"] = At,
            ["Token"] = WrappedToken,
            ["Applicant"] = Applicant,
            ["ImportedAt"] = ImportedAt,
            ["Outcome"] = Outcome,
        };

    /// <summary>Closes this share and deletes the token.</summary>
    public KycShare Closed(string outcome) => this with { Outcome = outcome, WrappedToken = null };

    /// <summary>Decrypts the token.</summary>
    public ValueTask<string> OpenTokenAsync(KeyRing keyRing, CancellationToken ct) =>
        keyRing.UnwrapTextAsync(WrappedToken!, Purpose(Id), ct);

    /// <inheritdoc/>
    public override string ToString() => RowKeyOf(Id);
}
