using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// What a merge did, kept in the partition of the account that survived: for the audit, and for undoing it.
/// </summary>
internal sealed record MergeRecord : IRow<MergeRecord>
{
    /// <summary>An undo relies on this record, and only an undo changes it.</summary>
    public static RowKind Kind { get; } = RowKind.Many("merge|", PersonalPart.None) with { IsTraced = true };

    public required string Id { get; init; }
    public required PersonKey From { get; init; }
    public required PersonKey Into { get; init; }
    public required EmailArrived Arrived { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The surviving account's status before and after.</summary>
    public required KycStatus KycBefore { get; init; }

    public required KycStatus KycSince { get; init; }
    public DateTimeOffset? KycChangedBefore { get; init; }
    public required UserStatus StatusBefore { get; init; }

    /// <summary>The surviving account's link of the address before the merge.</summary>
    public EmailLink? EmailBefore { get; init; }

    public string? MergeBefore { get; init; }
    public DateTimeOffset? UndoneAt { get; init; }

    public static string RowKeyOf(string merge) => Kind.KeyOf(merge);

    public static MergeRecord New(
        string id,
        Person newer,
        Person older,
        EmailArrived arrived,
        KycStatus kyc,
        DateTimeOffset at
    ) =>
        new()
        {
            Id = id,
            From = newer.Key,
            Into = older.Key,
            Arrived = arrived,
            At = at,
            KycBefore = older.User.Kyc,
            KycSince = kyc,
            KycChangedBefore = older.User.KycChangedAt,
            StatusBefore = older.User.Status,
            EmailBefore = arrived.Hash is { } hash ? older.Account.Email(hash) : null,
            MergeBefore = older.Account.LastMerge,
        };

    public static MergeRecord FromRow(TableEntity row) =>
        new()
        {
            Id = Kind.IdIn(row.RowKey),
            From = PersonKey.FromPartition(row.PartitionKey) with
            {
                Reference = ReferenceId.FromStorage(row.Text("From")),
            },
            Into = PersonKey.FromPartition(row.PartitionKey),
            Arrived = EmailArrived.FromRow(row),
            At = row.Time("MergedAt"),
            KycBefore = Enum.Parse<KycStatus>(row.Text("KycBefore")),
            KycSince = Enum.Parse<KycStatus>(row.Text("KycSince")),
            KycChangedBefore = row.GetDateTimeOffset("KycChangedBefore"),
            StatusBefore = Enum.Parse<UserStatus>(row.Text("StatusBefore")),
            EmailBefore = row.GetString("EmailBefore") is { } before
                ? JsonSerializer.Deserialize<EmailLink>(before, StoredJson.Options)
                : null,
            MergeBefore = row.GetString("MergeBefore"),
            UndoneAt = row.GetDateTimeOffset("UndoneAt"),
        };

    public TableEntity ToRow()
    {
        var row = new TableEntity(Into.Partition, RowKeyOf(Id))
        {
            ["From"] = From.Reference.Value,
            ["MergedAt"] = At,
            ["KycBefore"] = KycBefore.ToString(),
            ["KycSince"] = KycSince.ToString(),
            ["KycChangedBefore"] = KycChangedBefore,
            ["StatusBefore"] = StatusBefore.ToString(),
            ["EmailBefore"] = EmailBefore is null ? null : JsonSerializer.Serialize(EmailBefore, StoredJson.Options),
            ["MergeBefore"] = MergeBefore,
            ["UndoneAt"] = UndoneAt,
        };
        Arrived.WriteTo(row);
        return row;
    }
}

/// <summary>
/// Why a root is or was merged into an older one: one row <c>merging|{merge}</c> per merge, in the newer root's
/// partition.
/// </summary>
internal sealed record BegunMerge(PersonKey Newer, string Id, EmailArrived Arrived) : IRow<BegunMerge>
{
    public static RowKind Kind { get; } = RowKind.Many("merging|", PersonalPart.None);

    public static string RowKeyOf(string merge) => Kind.KeyOf(merge);

    public static BegunMerge FromRow(TableEntity row) =>
        new(PersonKey.FromPartition(row.PartitionKey), Kind.IdIn(row.RowKey), EmailArrived.FromRow(row));

    public TableEntity ToRow()
    {
        var row = new TableEntity(Newer.Partition, RowKeyOf(Id));
        Arrived.WriteTo(row);
        return row;
    }
}
