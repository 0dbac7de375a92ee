using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Cip;

/// <summary>The status of a verification.</summary>
internal enum TicketStatus
{
    /// <summary>Running.</summary>
    Pending,

    /// <summary>The identity is confirmed.</summary>
    Verified,

    /// <summary>The identity could not be confirmed.</summary>
    Failed,

    /// <summary>The provider could not decide: an operator does.</summary>
    NeedsReview,
}

/// <summary>The allowed status transitions of a ticket, in one table that every change checks.</summary>
internal static class TicketTransitions
{
    private static readonly HashSet<(TicketStatus From, TicketStatus To)> Allowed =
    [
        (TicketStatus.Pending, TicketStatus.Verified),
        (TicketStatus.Pending, TicketStatus.Failed),
        (TicketStatus.Pending, TicketStatus.NeedsReview),
        // An operator decides. The next ticket, which new data allowed, also ends this one as failed.
        (TicketStatus.NeedsReview, TicketStatus.Verified),
        (TicketStatus.NeedsReview, TicketStatus.Failed),
    ];

    public static bool Allows(TicketStatus from, TicketStatus to) => Allowed.Contains((from, to));
}

/// <summary>A verification of a person: the newest one counts.</summary>
internal sealed record CipTicket : IRow<CipTicket>
{
    /// <summary>Read with every read of a person, because there are few.</summary>
    public static RowKind Kind { get; } =
        RowKind.Many("ticket|", PersonalPart.None) with
        {
            IsAlwaysRead = true,
            IsTraced = true,
        };

    public required PersonKey Owner { get; init; }
    public required TicketId Id { get; init; }
    public required TicketStatus Stored { get; init; }

    /// <summary>The link through which the verification was requested.</summary>
    public required LinkId Link { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The provider's own id of the check; null until it has accepted it.</summary>
    public string? ProviderReference { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Who decided: the provider, a review, or nobody in time.</summary>
    public TicketDecider? DecidedBy { get; init; }

    public static string RowKeyOf(TicketId id) => Kind.KeyOf(id);

    public static CipTicket FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Id = TicketId.FromStorage(Kind.IdIn(row.RowKey)),
            Stored = Enum.Parse<TicketStatus>(row.Text("Status")),
            Link = LinkId.FromStorage(row.Text("LinkId")),
            CreatedAt = row.Time("CreatedAt"),
            ProviderReference = row.GetString("ProviderReference"),
            DecidedAt = row.GetDateTimeOffset("DecidedAt"),
            DecidedBy = row.GetString("DecidedBy") is { } decider ? Enum.Parse<TicketDecider>(decider) : null,
        };

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Id))
        {
            ["Status"] = Stored.ToString(),
            ["LinkId"] = Link.Value,
            ["CreatedAt"] = CreatedAt,
            ["ProviderReference"] = ProviderReference,
            ["DecidedAt"] = DecidedAt,
            ["DecidedBy"] = DecidedBy?.ToString(),
        };
}

/// <summary>Who ended a ticket or sent it to review.</summary>
internal enum TicketDecider
{
    Provider,

    /// <summary>An operator.</summary>
    Review,

    /// <summary>
    /// The provider gave no result within <see cref="CipVerification.ResultTimeout"/>, or was down that long.
    /// </summary>
    Timeout,

    /// <summary>The next ticket, while this one waited for a review.</summary>
    NextTicket,
}
