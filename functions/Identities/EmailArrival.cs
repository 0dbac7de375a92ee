using System.Collections.Concurrent;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>What came of an address that arrived on a reference.</summary>
internal abstract record EmailArrivalResult
{
    /// <summary>
    /// The address is linked to the reference's account; where another account held it, both are one now.
    /// </summary>
    public sealed record Linked : EmailArrivalResult;

    /// <summary>Linked as unverified: another account holds it, and only a one-time code makes them one.</summary>
    public sealed record LinkedUnverified : EmailArrivalResult;

    /// <summary>
    /// Both accounts are verified, as different people: nothing was changed, and an operator is told.
    /// </summary>
    public sealed record Conflict : EmailArrivalResult;

    /// <summary>Another request is just about to link this address; the same call again will find it done.</summary>
    public sealed record Busy : EmailArrivalResult;

    /// <summary>The account has as many references or addresses as it may have.</summary>
    public sealed record Full : EmailArrivalResult;

    /// <summary>Nobody has the reference.</summary>
    public sealed record UnknownReference : EmailArrivalResult;
}

/// <summary>
/// Links an address to a reference, and merges where another account holds it. Any
/// number of calls at once, and the same call again, end in the same state.
/// </summary>
internal sealed class EmailArrival(
    PersonStore persons,
    Accounts accounts,
    AccountMerge merges,
    MergeLog log,
    EmailIndex index,
    TimeProvider time
)
{
    /// <summary>
    /// A claim whose account does not know of it belongs to a request under way or to one that died. No request lives
    /// as long as this (host.json, <c>functionTimeout</c>).
    /// </summary>
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromMinutes(6);

    /// <summary>Tries that find the address claimed by another request, until the caller is told to come again.</summary>
    private const int MaxWaits = 6;

    /// <summary>
    /// Arrivals of one address queue up here instead of losing races against each other. Other instances' races are
    /// decided by the conditional writes alone.
    /// </summary>
    private readonly ConcurrentDictionary<string, Gate> _gates = new();

    /// <summary>Links the address.</summary>
    /// <param name="person">The reference that it arrived on.</param>
    /// <param name="email">The address.</param>
    /// <param name="channel">Through which call.</param>
    /// <param name="trust">How sure it is.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<EmailArrivalResult> ExecuteAsync(
        PersonKey person,
        EmailAddress email,
        EmailChannel channel,
        EmailTrust trust,
        CancellationToken ct
    )
    {
        var hash = await index.HashAsync(person.Partner, email, ct);
        var name = $"{person.Partner}|{hash}";
        var gate = _gates.AddOrUpdate(name, _ => new Gate(), (_, known) => known.Join());
        try
        {
            await gate.Lock.WaitAsync(ct);
            try
            {
                return await LinkAsync(
                    person,
                    new EmailArrived(hash, person.Reference, channel, time.Now(), trust),
                    ct
                );
            }
            finally
            {
                gate.Lock.Release();
            }
        }
        finally
        {
            if (gate.Leave())
                _gates.TryRemove(new KeyValuePair<string, Gate>(name, gate));
        }
    }

    private Task<EmailArrivalResult> LinkAsync(PersonKey person, EmailArrived arrived, CancellationToken ct)
    {
        var waits = 0;
        return Contention.RepeatAsync<EmailArrivalResult>(
            async () =>
            {
                if (await accounts.FindAsync(person, [], ct) is not { } identity)
                    return new EmailArrivalResult.UnknownReference();
                if (identity.Root.User.MergingInto is not null)
                {
                    await merges.CompleteAsync(identity.Root.Key, ct);
                    return TryResult.Lost;
                }
                var claim = await index.FindAsync(person.Partner, arrived.Hash, ct);
                var holder = claim is null
                    ? null
                    : await accounts.FindHolderAsync(person with { Reference = claim.Reference }, ct);
                var held = holder?.Account.Email(arrived.Hash);
                switch (Decide(identity, claim, holder, held, arrived))
                {
                    case Step.Link link:
                        return await TryLinkAsync(identity, arrived, link.Anchor, ct);
                    case Step.Claim:
                        await index.TryClaimAsync(person, arrived.Hash, ct);
                        break;
                    case Step.TakeOver:
                        if (await index.TryReplaceAsync(person, arrived.Hash, claim!, ct) && held is not null)
                            await ForgetAsync(holder!, arrived.Hash, ct);
                        break;
                    case Step.Merge:
                        if (
                            identity.Account.Members.Count + holder!.Account.Members.Count + 2 > Account.MaxMembers
                            || identity.Account.Emails.Count + holder.Account.Emails.Count > Account.MaxEmails
                        )
                            return new EmailArrivalResult.Full();
                        return await TryMergeAsync(identity.Root, holder.Root, arrived, ct);
                    case Step.Wait:
                        if (++waits > MaxWaits)
                            return new EmailArrivalResult.Busy();
                        break;
                }
                return TryResult.Lost;
            },
            ct
        );
    }

    /// <summary>Makes one account of two, unless they are verified as different people.</summary>
    private async Task<TryResult<EmailArrivalResult>> TryMergeAsync(
        Person own,
        Person holder,
        EmailArrived arrived,
        CancellationToken ct
    )
    {
        if (holder.User.MergingInto is not null)
        {
            await merges.CompleteAsync(holder.Key, ct);
            return TryResult.Lost;
        }
        var (older, newer) = AccountMerge.IsOlder(own, holder) ? (own, holder) : (holder, own);
        if (await IdentityConflict.IsOneAsync(older, newer, ct))
        {
            await log.NoteConflictAsync(newer, older, arrived, ct);
            return new EmailArrivalResult.Conflict();
        }
        if (!await merges.TryBeginAsync(newer, older, arrived, ct))
            return TryResult.Lost;
        await merges.CompleteAsync(newer.Key, ct);
        return new EmailArrivalResult.Linked();
    }

    private Step Decide(Identity identity, EmailClaim? claim, Identity? holder, EmailLink? held, EmailArrived arrived)
    {
        if (claim is null)
            return new Step.Claim();
        var own = identity.Account.Email(arrived.Hash);
        // Held by this very account, or claimed for this reference by a call that went no further.
        if (
            holder?.Root.Key == identity.Root.Key
            && (held is not null || claim.Reference == identity.Asked.Key.Reference)
        )
            return new Step.Link(claim.Reference.Value);
        if (held is null && claim.Reference == identity.Asked.Key.Reference)
            return new Step.Link(claim.Reference.Value);
        if (held is null)
            return time.GetUtcNow() - claim.At > ClaimLifetime ? new Step.TakeOver() : new Step.Wait();
        if (arrived.Trust == EmailTrust.Unverified)
            return new Step.Link(Anchor: null);
        // What nobody has proved keeps nobody who has from the address, and brings nobody anything.
        return held.Trust == EmailTrust.Unverified ? new Step.TakeOver() : new Step.Merge();
    }

    private async Task<TryResult<EmailArrivalResult>> TryLinkAsync(
        Identity identity,
        EmailArrived arrived,
        string? anchor,
        CancellationToken ct
    )
    {
        EmailArrivalResult done = anchor is null
            ? new EmailArrivalResult.LinkedUnverified()
            : new EmailArrivalResult.Linked();
        var link = new EmailLink(arrived.Hash, arrived.Reference.Value, arrived.At, arrived.Trust, anchor);
        var known = identity.Account.Email(arrived.Hash);
        if (known is null && identity.Account.Emails.Count >= Account.MaxEmails)
            return new EmailArrivalResult.Full();
        // Again on the same reference, as sure as before: nothing to write.
        if (
            known is not null
            && known.Reference == link.Reference
            && known.Trust >= link.Trust
            && known.Anchor == (anchor ?? known.Anchor)
        )
            return done;
        identity.Root.Put(identity.Account.With(known is null ? link : EmailLink.Combine(known, link)), arrived.At);
        return await persons.TryCommitAsync(identity.Root, announced: null, ct) ? done : TryResult.Lost;
    }

    /// <summary>
    /// Takes an address that was never proved out of the account that had it. Should this be lost, the index says the
    /// same.
    /// </summary>
    private Task<bool> ForgetAsync(Identity holder, string hash, CancellationToken ct)
    {
        holder.Root.Put(holder.Account.Without(hash), time.Now());
        return persons.TryCommitAsync(holder.Root, announced: null, ct);
    }

    /// <summary>What is to be done next.</summary>
    private abstract record Step
    {
        public sealed record Claim : Step;

        /// <param name="Anchor">The reference in the index; null where the address is another account's.</param>
        public sealed record Link(string? Anchor) : Step;

        public sealed record TakeOver : Step;

        public sealed record Merge : Step;

        public sealed record Wait : Step;
    }

    /// <summary>A lock that lives while somebody wants it.</summary>
    private sealed class Gate
    {
        private int _users = 1;

        public SemaphoreSlim Lock { get; } = new(1, 1);

        public Gate Join()
        {
            Interlocked.Increment(ref _users);
            return this;
        }

        public bool Leave() => Interlocked.Decrement(ref _users) == 0;
    }
}
