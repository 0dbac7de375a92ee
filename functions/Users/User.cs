using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// State of a person: row <c>user</c> of its partition, a part of every change. Each method returns the next state and
/// throws if the table of transitions does not allow it.
/// </summary>
internal sealed record User : IRow<User>
{
    public const string RowKey = "user";

    /// <summary>
    /// After an erasure the row remains as a tombstone, so that the reference is not silently reused;
    /// <see cref="Erased"/> drops the personal columns.
    /// </summary>
    public static RowKind Kind { get; } = RowKind.Single(RowKey, PersonalPart.None) with { IsAlwaysRead = true };

    public required PersonKey Key { get; init; }

    /// <summary>M2M's own id of the person.</summary>
    public required string UserId { get; init; }

    public required UserStatus Status { get; init; }

    /// <summary>Counts the changes of <see cref="Status"/>, for the index of users.</summary>
    public int StatusVersion { get; init; }

    /// <summary>KYC status in the identity API. For a merged account, the root's row counts.</summary>
    public required KycStatus Kyc { get; init; }

    /// <summary>When that last changed; null while it never did.</summary>
    public DateTimeOffset? KycChangedAt { get; init; }

    /// <summary>The last event that reported <see cref="Kyc"/>.</summary>
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
    /// The oldest reference of the account that this one was merged into; null if it is itself the root.
    /// </summary>
    public ReferenceId? Root { get; init; }

    /// <summary>The root that this one is being merged into; null while it is not.</summary>
    public ReferenceId? MergingInto { get; init; }

    /// <summary>The current or last merge; null if there was none.</summary>
    public string? Merge { get; init; }

    /// <summary>What <see cref="Status"/> was before the account's verification counted for this reference.</summary>
    public UserStatus? StatusBeforeMerge { get; init; }

    /// <summary>Changes the status, and the identity API's status with it.</summary>
    /// <param name="status">The new status.</param>
    /// <param name="at">When.</param>
    /// <param name="review">True where the verification failed because an operator must decide.</param>
    /// <exception cref="InvalidOperationException">The table does not allow this change.</exception>
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
        // Only an operator's decision may change rejected.
        return Kyc == KycStatus.Rejected
            ? moved
            : moved with
            {
                Kyc = KycStatuses.Of(status, review),
                KycChangedAt = at,
            };
    }

    /// <summary>
    /// Changes the identity API's status; verified there is verified here. Nothing changes if it has that status
    /// already.
    /// </summary>
    /// <param name="kyc">The new status.</param>
    /// <param name="at">When.</param>
    /// <param name="byReview">True for an operator's decision.</param>
    /// <exception cref="InvalidOperationException">The table does not allow this change.</exception>
    public User MoveKyc(KycStatus kyc, DateTimeOffset at, bool byReview = false)
    {
        if (kyc != Kyc && !KycTransitions.Allows(Kyc, kyc, byReview))
            throw new InvalidOperationException($"An identity cannot go from {Kyc} to {kyc}.");
        return WithKycOfMerge(kyc, at);
    }

    /// <summary>
    /// Takes over the status of the account. The table does not apply: a merge keeps the better or final status of the
    /// two.
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

    /// <summary>The status after data arrived: computed again if the table lets data change it.</summary>
    /// <param name="heldFields">The paths of all fields that are held now.</param>
    public User AfterData(IEnumerable<string> heldFields) =>
        this with
        {
            Status = UserTransitions.AfterMerge(Status, heldFields),
        };

    /// <summary>Allows another verification after a failed one.</summary>
    public User AllowVerification() => this with { MayVerifyAgain = true };

    /// <summary>
    /// Marks this root as being merged into an older one: nothing about the account is decided here until the merge is
    /// done.
    /// </summary>
    public User BeginMerge(ReferenceId into, string merge) => this with { MergingInto = into, Merge = merge };

    /// <summary>Points to the account's root; null makes this reference its own.</summary>
    public User PointTo(ReferenceId? root) => this with { Root = root, MergingInto = null };

    /// <summary>
    /// Becomes verified because the account is. The previous status is kept in case the merge is undone.
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
            // Rows written before the first change of status have no such column.
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
