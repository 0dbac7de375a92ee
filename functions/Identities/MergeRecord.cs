using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// What a merge did, kept in the partition of the account that survived: for the audit, and for undoing it.
/// </summary>
internal sealed record MergeRecord
{
    public required string Id { get; init; }
    public required PersonKey From { get; init; }
    public required PersonKey Into { get; init; }
    public required EmailArrived Arrived { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The surviving account's status before and since.</summary>
    public required KycStatus KycBefore { get; init; }

    public required KycStatus KycSince { get; init; }
    public DateTimeOffset? KycChangedBefore { get; init; }
    public required UserStatus StatusBefore { get; init; }

    /// <summary>What the surviving account knew of the address before.</summary>
    public EmailLink? EmailBefore { get; init; }

    public string? MergeBefore { get; init; }
    public DateTimeOffset? UndoneAt { get; init; }

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
            KycBefore = older.Kyc,
            KycSince = kyc,
            KycChangedBefore = older.KycChangedAt,
            StatusBefore = older.Status,
            EmailBefore = older.Account.Email(arrived.Hash),
            MergeBefore = older.Account.LastMerge,
        };

    public static MergeRecord FromRow(TableEntity row, PersonKey into) =>
        new()
        {
            Id = row.RowKey["merge|".Length..],
            From = into with { Reference = ReferenceId.FromStorage(row.Text("From")) },
            Into = into,
            Arrived = AccountMerge.ReadArrival(row),
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

    public TableEntity ToRow() =>
        new(Into.Partition, AccountMerge.RowKeyOf(Id))
        {
            ["From"] = From.Reference.Value,
            ["Hash"] = Arrived.Hash,
            ["Reference"] = Arrived.Reference.Value,
            ["Channel"] = Arrived.Channel.ToString(),
            ["At"] = Arrived.At,
            ["Trust"] = Arrived.Trust.ToString(),
            ["MergedAt"] = At,
            ["KycBefore"] = KycBefore.ToString(),
            ["KycSince"] = KycSince.ToString(),
            ["KycChangedBefore"] = KycChangedBefore,
            ["StatusBefore"] = StatusBefore.ToString(),
            ["EmailBefore"] = EmailBefore is null ? null : JsonSerializer.Serialize(EmailBefore, StoredJson.Options),
            ["MergeBefore"] = MergeBefore,
            ["UndoneAt"] = UndoneAt,
        };
}
