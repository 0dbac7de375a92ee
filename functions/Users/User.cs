using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// Where a person stands: row <c>user</c> of its partition, a part of every change. Its moves give the next state and
/// refuse what no table of moves allows.
/// </summary>
internal sealed record User : IRow<User>
{
    public const string RowKey = "user";

    /// <summary>
    /// After an erasure the row is a tombstone, so that the reference is not silently used again: <see cref="Erased"/>
    /// leaves out what goes.
    /// </summary>
    public static RowKind Kind { get; } = RowKind.Single(RowKey, PersonalPart.None) with { IsAlwaysRead = true };

    public required PersonKey Key { get; init; }

    /// <summary>M2M's own id of the person.</summary>
    public required string UserId { get; init; }

    public required UserStatus Status { get; init; }

    /// <summary>Counts the changes of <see cref="Status"/>, for the index of users.</summary>
    public int StatusVersion { get; init; }

    /// <summary>
    /// Where the identity API says that the knowledge of this person stands. Of an account it is the root's.
    /// </summary>
    public required KycStatus Kyc { get; init; }

    /// <summary>When that last changed; null while it never did.</summary>
    public DateTimeOffset? KycChangedAt { get; init; }

    /// <summary>The last event that told of <see cref="Kyc"/>.</summary>
    public string? KycEvent { get; init; }

    /// <summary>True after a failed verification when new data or a review allows another one.</summary>
    public bool MayVerifyAgain { get; init; }

    /// <summary>The key of the person's values, wrapped by the key ring; null after an erasure.</summary>
    public string? DataKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>When the person was erased; null while it was not.</summary>
    public DateTimeOffset? ErasedAt { get; init; }

    /// <summary>Names the erasure, for the audit; null while there was none.</summary>
    public string? ReceiptId { get; init; }

    /// <summary>
    /// The oldest reference of the account that this one was merged into; null for one that is its own root.
    /// </summary>
    public ReferenceId? Root { get; init; }

    /// <summary>The root that this one is being merged into; null while it is not.</summary>
    public ReferenceId? MergingInto { get; init; }

    /// <summary>The merge that is under way or was the last; null while there was none.</summary>
    public string? Merge { get; init; }

    /// <summary>What <see cref="Status"/> was before the account's verification counted for this reference.</summary>
    public UserStatus? StatusBeforeMerge { get; init; }

    /// <summary>Moves the person on; the identity API's view of it goes along.</summary>
    /// <param name="status">Where to.</param>
    /// <param name="at">When.</param>
    /// <param name="review">True where the verification failed because an operator must decide.</param>
    /// <exception cref="InvalidOperationException">The move is not in the table.</exception>
    public User MoveTo(UserStatus status, DateTimeOffset at, bool review = false)
    {
        if (!UserTransitions.Allows(Status, status))
            throw new InvalidOperationException($"A person cannot go from {Status} to {status}.");
        var isAnotherTry = (Status, status) == (UserStatus.CipFailed, UserStatus.CipPending);
        if (isAnotherTry && !MayVerifyAgain)
            throw new InvalidOperationException(
                "After a failed verification only new data or a review allows another one."
            );
        var moved = this with { Status = status, MayVerifyAgain = MayVerifyAgain && !isAnotherTry };
        // Rejected ends with an operator's decision only.
        return Kyc == KycStatus.Rejected
            ? moved
            : moved with
            {
                Kyc = KycStatuses.Of(status, review),
                KycChangedAt = at,
            };
    }

    /// <summary>
    /// Moves the identity API's view on; verified there is verified here. Nothing changes where it stands there already.
    /// </summary>
    /// <param name="kyc">Where to.</param>
    /// <param name="at">When.</param>
    /// <param name="byReview">True for an operator's decision.</param>
    /// <exception cref="InvalidOperationException">The move is not in the table.</exception>
    public User MoveKyc(KycStatus kyc, DateTimeOffset at, bool byReview = false)
    {
        if (kyc != Kyc && !KycTransitions.Allows(Kyc, kyc, byReview))
            throw new InvalidOperationException($"An identity cannot go from {Kyc} to {kyc}.");
        return WithKycOfMerge(kyc, at);
    }

    /// <summary>
    /// Has the status of the account from now on: a merge is not a move, the better or final status of two histories
    /// stands.
    /// </summary>
    public User WithKycOfMerge(KycStatus kyc, DateTimeOffset at) =>
        kyc == Kyc
            ? this
            : this with
            {
                Kyc = kyc,
                KycChangedAt = at,
                Status = kyc == KycStatus.Verified ? UserStatus.CipVerified : Status,
            };

    /// <summary>
    /// The status after data arrived: evaluated anew, where the table of moves lets data change it.
    /// </summary>
    /// <param name="heldFields">The paths of all fields that are held now.</param>
    public User AfterData(IEnumerable<string> heldFields) =>
        this with
        {
            Status = UserTransitions.AfterMerge(Status, heldFields),
        };

    /// <summary>Allows another verification after a failed one.</summary>
    public User AllowVerification() => this with { MayVerifyAgain = true };

    /// <summary>
    /// Notes that this root is going to be folded into an older one: from now on nothing about the account is decided
    /// here before that is done.
    /// </summary>
    public User BeginMerge(ReferenceId into, string merge) => this with { MergingInto = into, Merge = merge };

    /// <summary>Points to the account's root; null makes this reference its own.</summary>
    public User PointTo(ReferenceId? root) => this with { Root = root, MergingInto = null };

    /// <summary>
    /// Is verified because the account is. What stood before is kept for an undone merge.
    /// </summary>
    public User VerifiedByAccount() =>
        Status == UserStatus.CipVerified
            ? this
            : this with
            {
                Status = UserStatus.CipVerified,
                StatusBeforeMerge = StatusBeforeMerge ?? Status,
            };

    /// <summary>Takes back what <see cref="VerifiedByAccount"/> did.</summary>
    public User NoLongerVerifiedByAccount() =>
        StatusBeforeMerge is { } before ? this with { Status = before, StatusBeforeMerge = null } : this;

    /// <summary>
    /// The tombstone of an erased person. Without its data key every copy of a value (rows, history, backups) is
    /// unreadable.
    /// </summary>
    public User Erased(string receiptId, DateTimeOffset at) =>
        new()
        {
            Key = Key,
            UserId = UserId,
            Status = Status,
            Kyc = Kyc,
            CreatedAt = CreatedAt,
            UpdatedAt = at,
            ErasedAt = at,
            ReceiptId = receiptId,
            Root = Root,
            MergingInto = MergingInto,
            Merge = Merge,
        };

    public static User FromRow(TableEntity row)
    {
        var status = Enum.Parse<UserStatus>(row.Text("Status"));
        return new User
        {
            Key = PersonKey.FromPartition(row.PartitionKey),
            UserId = row.Text("UserId"),
            Status = status,
            StatusVersion = row.GetInt32("StatusVersion") ?? 0,
            // Rows that were written before the first move have none.
            Kyc = row.GetString("Kyc") is { } kyc ? Enum.Parse<KycStatus>(kyc) : KycStatuses.Of(status),
            KycChangedAt = row.GetDateTimeOffset("KycChangedAt"),
            KycEvent = row.GetString("KycEvent"),
            MayVerifyAgain = row.GetBoolean("MayVerifyAgain") ?? false,
            DataKey = row.GetString("DataKey"),
            CreatedAt = row.Time("CreatedAt"),
            UpdatedAt = row.Time("UpdatedAt"),
            ErasedAt = row.GetDateTimeOffset("ErasedAt"),
            ReceiptId = row.GetString("ReceiptId"),
            Root = ReferenceIn(row, "Root"),
            MergingInto = ReferenceIn(row, "MergingInto"),
            Merge = row.GetString("Merge"),
            StatusBeforeMerge = row.GetString("StatusBeforeMerge") is { } before
                ? Enum.Parse<UserStatus>(before)
                : null,
        };
    }

    public TableEntity ToRow() =>
        new(Key.Partition, RowKey)
        {
            ["UserId"] = UserId,
            ["Status"] = Status.ToString(),
            ["StatusVersion"] = StatusVersion > 0 ? StatusVersion : null,
            ["Kyc"] = Kyc.ToString(),
            ["KycChangedAt"] = KycChangedAt,
            ["KycEvent"] = KycEvent,
            ["MayVerifyAgain"] = MayVerifyAgain ? true : null,
            ["DataKey"] = DataKey,
            ["CreatedAt"] = CreatedAt,
            ["UpdatedAt"] = UpdatedAt,
            ["ErasedAt"] = ErasedAt,
            ["ReceiptId"] = ReceiptId,
            ["Root"] = Root?.Value,
            ["MergingInto"] = MergingInto?.Value,
            ["Merge"] = Merge,
            ["StatusBeforeMerge"] = StatusBeforeMerge?.ToString(),
        };

    private static ReferenceId? ReferenceIn(TableEntity row, string column) =>
        row.GetString(column) is { } reference ? ReferenceId.FromStorage(reference) : null;
}
