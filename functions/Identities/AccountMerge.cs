using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>The call that an address came through.</summary>
internal enum EmailChannel
{
    Patch,
    TokenShare,
    Otp,
    Reliance,
    Documents,
}

/// <summary>Why two accounts become one: an address arrived on a reference of one that is held by the other.</summary>
/// <param name="Hash">The address.</param>
/// <param name="Reference">Where it arrived.</param>
/// <param name="Channel">Through which call.</param>
/// <param name="At">When.</param>
/// <param name="Trust">How sure it is.</param>
internal sealed record EmailArrived(
    string Hash,
    ReferenceId Reference,
    EmailChannel Channel,
    DateTimeOffset At,
    EmailTrust Trust
)
{
    /// <summary>Reads it out of a row that <see cref="WriteTo"/> has filled.</summary>
    public static EmailArrived FromRow(TableEntity row) =>
        new(
            row.Text("Hash"),
            ReferenceId.FromStorage(row.Text("Reference")),
            Enum.Parse<EmailChannel>(row.Text("Channel")),
            row.Time("At"),
            Enum.Parse<EmailTrust>(row.Text("Trust"))
        );

    public void WriteTo(TableEntity row)
    {
        row["Hash"] = Hash;
        row["Reference"] = Reference.Value;
        row["Channel"] = Channel.ToString();
        row["At"] = At;
        row["Trust"] = Trust.ToString();
    }
}

/// <summary>
/// Folds the newer of two accounts into the older one. Three writes, each
/// conditional and each found by whoever comes next: (1) the newer root notes what it is being merged into, (2) <b>the
/// decisive one</b>: the older root takes the other's references, addresses, status and block into its account, (3) the
/// newer root points to the older one. Before (2) every reader sees two accounts, after it one.
/// </summary>
/// <remarks>
/// Merges go from newer to older only, so that chains end and two that cross each other come to the same account in
/// either order.
/// </remarks>
internal sealed class AccountMerge(PersonStore persons, Accounts accounts, TimeProvider time)
{
    /// <summary>True when the first of two roots is the older one: the account that survives.</summary>
    public static bool IsOlder(Person one, Person other) =>
        (one.User.CreatedAt, one.User.UserId).CompareTo((other.User.CreatedAt, other.User.UserId)) < 0;

    /// <summary>Step 1; false when either root has changed since it was read.</summary>
    public Task<bool> TryBeginAsync(Person newer, Person older, EmailArrived arrived, CancellationToken ct)
    {
        var merge = MergeId.New(newer.Key.Partner, arrived.At).Value;
        newer.Set(newer.User.BeginMerge(older.Key.Reference, merge), arrived.At);
        newer.Put(new BegunMerge(newer.Key, merge, arrived), arrived.At);
        newer.Raise(EventRow.Of(InternalEvents.MergeBegun, newer.Key, arrived.At, new { merge }, merge));
        return persons.TryCommitAsync(newer, announced: null, ct);
    }

    /// <summary>
    /// Steps 2 and 3 of the merge that a root is in, as far as they were not done. Nothing where there is none.
    /// </summary>
    /// <param name="newerRoot">The newer root.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task CompleteAsync(PersonKey newerRoot, CancellationToken ct) =>
        Contention.RepeatAsync(
            async () =>
            {
                var newer = await persons.ReadAsync(newerRoot, [], ct, BegunMerge.Kind);
                if (newer.IsNew || newer.User.MergingInto is not { } into)
                    return true;
                var older = await accounts.RootOfAsync(
                    await persons.ReadAsync(newerRoot with { Reference = into }, [], ct),
                    ct
                );
                if (older.User.MergingInto is not null)
                    await CompleteAsync(older.Key, ct);
                else if (Absorbs(older, newer))
                    await persons.TryCommitAsync(older, announced: null, ct);
                else
                    return await TryPointAsync(newer, older, ct);
                // The next step begins from what stands there then.
                return false;
            },
            ct
        );

    /// <summary>
    /// Step 2, into the older root; false where it has everything already, also what changed at the newer one
    /// meanwhile.
    /// </summary>
    private bool Absorbs(Person older, Person newer)
    {
        var now = time.Now();
        var kyc = KycStatuses.Combine(older.User.Kyc, newer.User.Kyc);
        var first = !older.Account.Contains(newer.Key.Reference);
        var account = older.Account.Absorb(newer.Account);
        if (
            !first
            && kyc == older.User.Kyc
            && account.Members.Count == older.Account.Members.Count
            && account.Emails.Count == older.Account.Emails.Count
            && account.Blocked == older.Account.Blocked
        )
            return false;
        var merge = newer.User.Merge!;
        if (first)
        {
            var arrived = newer.Find<BegunMerge>(BegunMerge.RowKeyOf(merge))!.Arrived;
            var arrivedHere = arrived.Reference == older.Key.Reference || older.Account.Contains(arrived.Reference);
            var seenBefore = arrivedHere
                ? (older.User.Kyc, older.Account.Blocked)
                : (newer.User.Kyc, newer.Account.Blocked);
            var link = new EmailLink(arrived.Hash, arrived.Reference.Value, arrived.At, arrived.Trust, Anchor: null);
            account = account.With(
                account.Email(arrived.Hash) is { } known ? EmailLink.Combine(known, link) : link
            ) with
            {
                LastMerge = merge,
            };
            older.Put(MergeRecord.New(merge, newer, older, arrived, kyc, now), now);
            older.Put(account, now);
            older.Set(older.User.WithKycOfMerge(kyc, now), now);
            older.RaiseUserStatus(null, now);
            // One message, for the reference that the address arrived on, if it now looks different.
            if (seenBefore != (older.User.Kyc, account.Blocked))
                older.RaiseKyc(now);
            return true;
        }
        older.Put(account, now);
        older.Set(older.User.WithKycOfMerge(kyc, now), now);
        older.RaiseStatusChange(null, now);
        return true;
    }

    /// <summary>Step 3, unless the newer root changed since it was read: then it is looked at again.</summary>
    private Task<bool> TryPointAsync(Person newer, Person older, CancellationToken ct)
    {
        newer.Set(newer.User.PointTo(older.Key.Reference), time.Now());
        return persons.TryCommitAsync(newer, announced: null, ct);
    }
}
