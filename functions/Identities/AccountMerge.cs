using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>The API call in which an address came.</summary>
internal enum EmailChannel
{
    Patch,
    TokenShare,
    Otp,
    Reliance,
    Documents,

    /// <summary>No address came: an operator merges at a partner's request.</summary>
    Request,
}

/// <summary>
/// Why two accounts are merged: a reference of one used an address that the other account holds, or an operator names a
/// reference of each.
/// </summary>
/// <param name="Hash">The address; null where an operator merges.</param>
/// <param name="Reference">The reference that used it, or that the operator named first.</param>
/// <param name="Channel">The API call.</param>
/// <param name="At">When.</param>
/// <param name="Trust">How reliably it is verified.</param>
internal sealed record EmailArrived(
    string? Hash,
    ReferenceId Reference,
    EmailChannel Channel,
    DateTimeOffset At,
    EmailTrust Trust
)
{
    /// <summary>The address.</summary>
    /// <exception cref="InvalidOperationException">None came.</exception>
    public string Address => Hash ?? throw new InvalidOperationException("No address came.");

    /// <summary>Reads it from the columns that <see cref="WriteTo"/> sets.</summary>
    public static EmailArrived FromRow(TableEntity row) =>
        new(
            row.GetString("Hash"),
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
/// Merges the newer of two accounts into the older one in three conditional writes; any later request can continue
/// after any of them: (1) the newer root stores the root that it is being merged into, (2) <b>the decisive write</b>:
/// the older root adds the other's references, addresses, status and block to its account, (3) the newer root points
/// to the older one. Before (2) every reader sees two accounts, after it one.
/// </summary>
/// <remarks>
/// Merges always go from newer to older, so chains end, and concurrent merges lead to the same account in any order.
/// </remarks>
internal sealed class AccountMerge(PersonStore persons, Accounts accounts, MergeLog log, TimeProvider time)
{
    /// <summary>
    /// True where one account of both has room for the references and addresses of each. Asked before a merge begins:
    /// one that has begun must be able to complete.
    /// </summary>
    public static bool HasRoom(Account one, Account other) =>
        one.Members.Count + other.Members.Count + 2 <= Account.MaxMembers
        && one.Emails.Count + other.Emails.Count <= Account.MaxEmails;

    /// <summary>Merges the accounts of two roots, unless they are verified as different people.</summary>
    /// <returns>Whether they are one now; lost where either has changed since it was read.</returns>
    public async Task<TryResult<MergeAttempt>> TryMergeAsync(
        Person one,
        Person other,
        EmailArrived arrived,
        CancellationToken ct
    )
    {
        // A merge in progress is completed first, so that what follows sees its result.
        foreach (var root in new[] { one, other })
        {
            if (root.User.MergingInto is null)
                continue;
            await CompleteAsync(root.Key, ct);
            return TryResult.Lost;
        }
        var (older, newer) = IsOlder(one, other) ? (one, other) : (other, one);
        if (await IdentityConflict.IsOneAsync(older, newer, ct))
        {
            await log.NoteConflictAsync(newer, older, arrived, ct);
            return new MergeAttempt.Conflict();
        }
        if (!await TryBeginAsync(newer, older, arrived, ct))
            return TryResult.Lost;
        var merge = newer.User.Merge!;
        await CompleteAsync(newer.Key, ct);
        return new MergeAttempt.Merged(merge, newer.Key.Reference, older.Key.Reference);
    }

    /// <summary>True when the first of two roots is the older one: the account that survives.</summary>
    public static bool IsOlder(Person one, Person other) =>
        (one.User.CreatedAt, one.User.UserId).CompareTo((other.User.CreatedAt, other.User.UserId)) < 0;

    /// <summary>Step 1; false when either root has changed since it was read.</summary>
    private Task<bool> TryBeginAsync(Person newer, Person older, EmailArrived arrived, CancellationToken ct)
    {
        var merge = MergeId.New(newer.Key.Partner, arrived.At).Value;
        newer.Set(newer.User.BeginMerge(older.Key.Reference, merge), arrived.At);
        newer.Put(new BegunMerge(newer.Key, merge, arrived), arrived.At);
        newer.Raise(
            EventRow.Of(InternalEvents.MergeBegun, newer.Key, arrived.At, new MergeData { Merge = merge }, merge)
        );
        return persons.TryCommitAsync(newer, announced: null, ct);
    }

    /// <summary>Completes steps 2 and 3 of a root's merge in progress, if there is one.</summary>
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
                // The older root may itself be merging into another one: that merge goes first.
                if (older.User.MergingInto is not null)
                    await CompleteAsync(older.Key, ct);
                else if (TryAbsorb(older, newer))
                    await persons.TryCommitAsync(older, announced: null, ct);
                else
                    return await TryPointAsync(newer, older, ct);
                // Each step starts from freshly read rows.
                return false;
            },
            ct
        );

    /// <summary>
    /// Step 2: adds the newer account to the older root. False where the older root already has everything, including
    /// later changes of the newer one.
    /// </summary>
    private bool TryAbsorb(Person older, Person newer)
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
            // The state that the reference with the address showed before the merge.
            var seenBefore = arrivedHere
                ? (older.User.Kyc, older.Account.Blocked)
                : (newer.User.Kyc, newer.Account.Blocked);
            if (arrived.Hash is { } hash)
            {
                var link = new EmailLink(hash, arrived.Reference.Value, arrived.At, arrived.Trust, Anchor: null);
                account = account.With(account.Email(hash) is { } known ? EmailLink.Combine(known, link) : link);
            }
            account = account with { LastMerge = merge };
            older.Put(MergeRecord.New(merge, newer, older, arrived, kyc, now), now);
            older.Put(account, now);
            older.Set(older.User.WithKycOfMerge(kyc, now), now);
            older.RaiseUserStatus(null, now);
            // One KYC event, and only if the state changed for the reference that used the address.
            if (seenBefore != (older.User.Kyc, account.Blocked))
                older.RaiseKyc(now);
            return true;
        }
        older.Put(account, now);
        older.Set(older.User.WithKycOfMerge(kyc, now), now);
        older.RaiseStatusChange(null, now);
        return true;
    }

    /// <summary>
    /// Step 3; false when the newer root has changed since it was read, so its changes must be merged first.
    /// </summary>
    private Task<bool> TryPointAsync(Person newer, Person older, CancellationToken ct)
    {
        newer.Set(newer.User.PointTo(older.Key.Reference), time.Now());
        return persons.TryCommitAsync(newer, announced: null, ct);
    }
}

/// <summary>What came of merging two accounts.</summary>
internal abstract record MergeAttempt
{
    /// <param name="Merge">Its id.</param>
    /// <param name="From">The newer root.</param>
    /// <param name="Into">The older root, which survives.</param>
    public sealed record Merged(string Merge, ReferenceId From, ReferenceId Into) : MergeAttempt;

    /// <summary>Both are verified, as different people.</summary>
    public sealed record Conflict : MergeAttempt;
}

/// <summary>The body of the internal events of a merge.</summary>
internal sealed record MergeData
{
    /// <summary>The merge's id.</summary>
    /// <example>merge_demo_01m8kp85402f4h6k8n1q3s5v7x</example>
    public required string Merge { get; init; }
}
