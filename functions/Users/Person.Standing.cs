using Serverless.Functions.Cip;
using Serverless.Functions.Events;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <content>Where the person stands, in the words of both APIs, and the account that it belongs to.</content>
internal sealed partial class Person
{
    private const string StatusVersion = "StatusVersion";
    private const string KycColumn = "Kyc";
    private const string RootColumn = "Root";
    private const string MergingIntoColumn = "MergingInto";
    private const string MergeColumn = "Merge";
    private const string KycEventColumn = "KycEvent";
    private const string KycChangedColumn = "KycChangedAt";
    private const string StatusBeforeMergeColumn = "StatusBeforeMerge";

    public UserStatus Status => Enum.Parse<UserStatus>(User.Text("Status"));

    /// <summary>True after a failed verification when new data or a review allows another one.</summary>
    public bool MayVerifyAgain => User.GetBoolean("MayVerifyAgain") ?? false;

    /// <summary>The newest verification; null when there never was one.</summary>
    public CipTicket? CurrentTicket =>
        Rows(CipTicket.RowPrefix).LastOrDefault() is { } row ? CipTicket.FromRow(row, Key) : null;

    /// <summary>Where the verification of identity stands.</summary>
    public CipStatus CipStatus => CipStatuses.Of(Status, CurrentTicket?.Stored);

    /// <summary>
    /// Where the identity API says that the knowledge of this person stands. Of an account it is the root's.
    /// </summary>
    public KycStatus Kyc =>
        User.GetString(KycColumn) is { } stored
            ? Enum.Parse<KycStatus>(stored)
            : KycStatuses.Of(Status, CurrentTicket?.Stored);

    /// <summary>When that last changed; null while it never did.</summary>
    public DateTimeOffset? KycChangedAt => User.GetDateTimeOffset(KycChangedColumn);

    /// <summary>What the person's references have in common; meaningful where this person is the root.</summary>
    public Account Account =>
        _account ??= _rows.GetValueOrDefault(Account.RowKey) is { } row ? Account.FromRow(row) : Account.None;

    /// <summary>
    /// The oldest reference of the account that this one was merged into; null for one that is its own root.
    /// </summary>
    public ReferenceId? Root => User.GetString(RootColumn) is { } root ? ReferenceId.FromStorage(root) : null;

    /// <summary>The root that this one is being merged into; null while it is not.</summary>
    public ReferenceId? MergingInto =>
        User.GetString(MergingIntoColumn) is { } root ? ReferenceId.FromStorage(root) : null;

    /// <summary>The merge that is under way or was the last; null while there was none.</summary>
    public string? Merge => User.GetString(MergeColumn);

    /// <summary>Moves the person on; the identity API's view of it goes along.</summary>
    /// <param name="status">Where to.</param>
    /// <param name="at">When.</param>
    /// <param name="review">True where the verification failed because an operator must decide.</param>
    /// <exception cref="InvalidOperationException">The move is not in the table.</exception>
    public void MoveTo(UserStatus status, DateTimeOffset at, bool review = false)
    {
        if (!UserTransitions.Allows(Status, status))
            throw new InvalidOperationException($"A person cannot go from {Status} to {status}.");
        if ((Status, status) == (UserStatus.CipFailed, UserStatus.CipPending))
        {
            if (!MayVerifyAgain)
                throw new InvalidOperationException(
                    "After a failed verification only new data or a review allows another one."
                );
            User["MayVerifyAgain"] = false;
        }
        User["Status"] = status.ToString();
        var kyc = KycStatuses.Of(status, review ? TicketStatus.NeedsReview : TicketStatus.Failed);
        // Rejected ends with an operator's decision only.
        if (Kyc != KycStatus.Rejected)
        {
            User[KycColumn] = kyc.ToString();
            User[KycChangedColumn] = at;
        }
        Touch(at);
    }

    /// <summary>
    /// Moves the identity API's view on; verified there is verified here.
    /// Nothing changes where it stands there already.
    /// </summary>
    /// <param name="kyc">Where to.</param>
    /// <param name="at">When.</param>
    /// <param name="byReview">True for an operator's decision.</param>
    /// <exception cref="InvalidOperationException">The move is not in the table.</exception>
    public void MoveKyc(KycStatus kyc, DateTimeOffset at, bool byReview = false)
    {
        if (kyc == Kyc)
            return;
        if (!KycTransitions.Allows(Kyc, kyc, byReview))
            throw new InvalidOperationException($"An identity cannot go from {Kyc} to {kyc}.");
        SetKyc(kyc, at);
    }

    /// <summary>
    /// Takes on the status of the account: a merge is not a move, the better or final status of two histories stands.
    /// </summary>
    public void TakeKyc(KycStatus kyc, DateTimeOffset at)
    {
        if (kyc != Kyc)
            SetKyc(kyc, at);
    }

    /// <summary>Puts both views back to what they were before a merge that is undone.</summary>
    /// <param name="status">Of the person.</param>
    /// <param name="kyc">Of the identity.</param>
    /// <param name="changedAt">When that had changed.</param>
    /// <param name="at">When it is undone.</param>
    public void RestoreStatus(UserStatus status, KycStatus kyc, DateTimeOffset? changedAt, DateTimeOffset at)
    {
        User[KycChangedColumn] = changedAt;
        User["Status"] = status.ToString();
        User[KycColumn] = kyc.ToString();
        Touch(at);
    }

    /// <summary>Writes what the account's references have in common.</summary>
    public void Put(Account account, DateTimeOffset at)
    {
        _account = account;
        Put(account.ToRow(Key), at);
    }

    /// <summary>
    /// Notes that this root is going to be folded into an older one: from now on nothing about the account is decided
    /// here before that is done.
    /// </summary>
    public void BeginMerge(ReferenceId into, string merge, DateTimeOffset at)
    {
        User[MergingIntoColumn] = into.Value;
        User[MergeColumn] = merge;
        Touch(at);
    }

    /// <summary>
    /// Follows the account's verification: verified there is verified for every reference. What stood before is kept
    /// for an undone merge.
    /// </summary>
    public void FollowVerified(DateTimeOffset at)
    {
        if (Status == UserStatus.CipVerified)
            return;
        User[KycColumn] = Kyc.ToString();
        User[StatusBeforeMergeColumn] = User.GetString(StatusBeforeMergeColumn) ?? Status.ToString();
        User["Status"] = UserStatus.CipVerified.ToString();
        Touch(at);
    }

    /// <summary>Takes back what <see cref="FollowVerified"/> did.</summary>
    public void FollowNoMore(DateTimeOffset at)
    {
        if (User.GetString(StatusBeforeMergeColumn) is not { } before)
            return;
        User["Status"] = before;
        User[StatusBeforeMergeColumn] = null;
        Touch(at);
    }

    /// <summary>Points to the account's root; null makes this reference its own.</summary>
    public void PointTo(ReferenceId? root, DateTimeOffset at)
    {
        User[RootColumn] = root?.Value;
        User[MergingIntoColumn] = null;
        Touch(at);
    }

    /// <summary>Allows another verification after a failed one.</summary>
    public void AllowVerification(DateTimeOffset at)
    {
        User["MayVerifyAgain"] = true;
        Touch(at);
    }

    /// <summary>Tells of a status that is no longer the one that was read or last told.</summary>
    /// <param name="link">The link through which it came about; null where it came about without one.</param>
    /// <param name="at">When.</param>
    /// <param name="starts">The ticket whose verification is to start.</param>
    /// <param name="tellsKyc">False where the caller tells of <see cref="Kyc"/> itself.</param>
    public void RaiseStatusChange(Link? link, DateTimeOffset at, string? starts = null, bool tellsKyc = true)
    {
        if (_statusTold is { } before && before != Status)
            Raise(
                (
                    link is null
                        ? EventRow.Of(
                            PartnerEvents.UserStatusChanged,
                            Key,
                            at,
                            new
                            {
                                @event = PartnerEvents.UserStatusChanged,
                                timestamp = at,
                                data = UserEvents.StatusChanged(this, null, before),
                            }
                        )
                        : LinkEvents.New(
                            PartnerEvents.UserStatusChanged,
                            link,
                            at,
                            UserEvents.StatusChanged(this, link, before),
                            starts
                        )
                ) with
                {
                    OfAccount = (Root ?? MergingInto) is not null,
                }
            );
        _statusTold = Status;
        if (tellsKyc)
            RaiseKycChange(at);
    }

    /// <summary>
    /// Tells of a <see cref="Kyc"/> that is no longer the one that was read or last told: to the partner, where it
    /// wants that, and to the account's other references.
    /// </summary>
    /// <remarks>A reference that points to a root tells nothing itself: its change reaches the root first.</remarks>
    public void RaiseKycChange(DateTimeOffset at)
    {
        if (
            _kycTold is { } before
            && before != Kyc
            && Root is null
            && MergingInto is null
            && (_tellsKyc || Account.Members.Count > 0)
        )
            RaiseKyc(at);
        _kycTold = Kyc;
    }

    /// <summary>Tells how the account stands.</summary>
    public void RaiseKyc(DateTimeOffset at)
    {
        var told = EventRow.Of(
            PartnerEvents.Kyc,
            Key,
            at,
            KycMessage.Of(this),
            subjectId: User.GetString(KycEventColumn)
        );
        User[KycEventColumn] = told.Id.Text;
        Touch(at);
        Raise(told);
    }

    /// <summary>
    /// A changed status is copied into the index by the follow-up of the change's first event, which carries it.
    /// </summary>
    private void StampStatus()
    {
        if (_user is null || _statusAsRead == Status || _events.Count == 0)
            return;
        User[StatusVersion] = _statusVersion + 1;
        _writes[EventRow.RowKeyOf(_events[0].Id)]![EventRow.UserStamp] = new UserStamp(
            UserId,
            _statusVersion + 1,
            Status,
            CreatedAt,
            UpdatedAt
        ).ToText();
    }

    private void SetKyc(KycStatus kyc, DateTimeOffset at)
    {
        User[KycColumn] = kyc.ToString();
        User[KycChangedColumn] = at;
        if (kyc == KycStatus.Verified)
            User["Status"] = UserStatus.CipVerified.ToString();
        Touch(at);
    }
}
