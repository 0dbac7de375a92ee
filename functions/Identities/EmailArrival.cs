using System.Collections.Concurrent;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>The result of linking an address to a reference.</summary>
internal abstract record EmailArrivalResult
{
    /// <summary>
    /// The address is linked to the reference's account. If another account held it, the two are now merged.
    /// </summary>
    public sealed record Linked : EmailArrivalResult;

    /// <summary>Linked as unverified: another account holds it, and only a one-time code can merge the two.</summary>
    public sealed record LinkedUnverified : EmailArrivalResult;

    /// <summary>
    /// Both accounts are verified as different people. Nothing was changed; the conflict is logged for an operator.
    /// </summary>
    public sealed record Conflict : EmailArrivalResult;

    /// <summary>Another request is linking this address right now; the caller should retry.</summary>
    public sealed record Busy : EmailArrivalResult;

    /// <summary>The account has the maximum number of references or addresses.</summary>
    public sealed record Full : EmailArrivalResult;

    /// <summary>The reference does not exist.</summary>
    public sealed record UnknownReference : EmailArrivalResult;
}

/// <summary>
/// Links an address to a reference, and merges the accounts where another one holds it. Idempotent, and safe for any
/// number of concurrent calls.
/// </summary>
internal sealed class EmailArrival(
    PersonStore persons,
    Accounts accounts,
    AccountMerge merges,
    EmailIndex index,
    TimeProvider time
)
{
    /// <summary>
    /// A claim without the address in its account belongs to a request that is running or has crashed. No request runs
    /// longer than this (host.json, <c>functionTimeout</c>).
    /// </summary>
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromMinutes(6);

    /// <summary>How often to retry while another request claims the address, before the result is Busy.</summary>
    private const int MaxWaits = 6;

    /// <summary>
    /// One lock per address, so that concurrent calls in this process wait instead of losing races. Between instances,
    /// only the conditional writes decide.
    /// </summary>
    private readonly ConcurrentDictionary<string, Gate> _gates = new();

    /// <summary>Links the address.</summary>
    /// <param name="person">The reference to link it to.</param>
    /// <param name="email">The address.</param>
    /// <param name="channel">The API call in which it came.</param>
    /// <param name="trust">How reliably it is verified.</param>
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
                // A merge in progress is completed first, so that the decision below sees its result.
                if (identity.Root.User.MergingInto is not null)
                {
                    await merges.CompleteAsync(identity.Root.Key, ct);
                    return TryResult.Lost;
                }
                var claim = await index.FindAsync(person.Partner, arrived.Address, ct);
                var holder = claim is null
                    ? null
                    : await accounts.FindHolderAsync(person with { Reference = claim.Reference }, ct);
                var held = holder?.Account.Email(arrived.Address);
                switch (Decide(identity, claim, holder, held, arrived))
                {
                    case Step.Link link:
                        return await TryLinkAsync(identity, arrived, link.Anchor, ct);
                    case Step.Claim:
                        await index.TryClaimAsync(person, arrived.Address, ct);
                        break;
                    case Step.TakeOver:
                        if (await index.TryReplaceAsync(person, arrived.Address, claim!, ct) && held is not null)
                            await ForgetAsync(holder!, arrived.Address, ct);
                        break;
                    case Step.Merge:
                        if (!AccountMerge.HasRoom(identity.Account, holder!.Account))
                            return new EmailArrivalResult.Full();
                        if ((await merges.TryMergeAsync(identity.Root, holder.Root, arrived, ct)).IsDone(out var came))
                            return came is MergeAttempt.Conflict
                                ? new EmailArrivalResult.Conflict()
                                : new EmailArrivalResult.Linked();
                        break;
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

    /// <summary>Chooses the next step from the rows as read; after a lost race it is chosen again.</summary>
    private Step Decide(Identity identity, EmailClaim? claim, Identity? holder, EmailLink? held, EmailArrived arrived)
    {
        if (claim is null)
            return new Step.Claim();
        var own = identity.Account.Email(arrived.Address);
        // This account holds it, or an earlier call for this reference claimed it and did not finish.
        if (
            holder?.Root.Key == identity.Root.Key
            && (held is not null || claim.Reference == identity.Asked.Key.Reference)
        )
            return new Step.Link(claim.Reference.Value);
        if (held is null && claim.Reference == identity.Asked.Key.Reference)
            return new Step.Link(claim.Reference.Value);
        // Claimed for another reference but not linked: take it over once that request must have ended.
        if (held is null)
            return time.GetUtcNow() - claim.At > ClaimLifetime ? new Step.TakeOver() : new Step.Wait();
        // Another account holds the address, so an unverified one is only noted here.
        if (arrived.Trust == EmailTrust.Unverified)
            return new Step.Link(Anchor: null);
        // An unproved claim gives way to a proved one, without a merge: it must neither block the real owner nor give
        // access.
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
        var link = new EmailLink(arrived.Address, arrived.Reference.Value, arrived.At, arrived.Trust, anchor);
        var known = identity.Account.Email(arrived.Address);
        if (known is null && identity.Account.Emails.Count >= Account.MaxEmails)
            return new EmailArrivalResult.Full();
        // The same reference with no better proof: nothing to write.
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
    /// Removes an unproved address from its former account. If this write is lost, the index already names the new
    /// holder.
    /// </summary>
    private Task<bool> ForgetAsync(Identity holder, string hash, CancellationToken ct)
    {
        holder.Root.Put(holder.Account.Without(hash), time.Now());
        return persons.TryCommitAsync(holder.Root, announced: null, ct);
    }

    /// <summary>The next step of linking an address.</summary>
    private abstract record Step
    {
        public sealed record Claim : Step;

        /// <param name="Anchor">The reference in the index; null where another account holds the address.</param>
        public sealed record Link(string? Anchor) : Step;

        public sealed record TakeOver : Step;

        public sealed record Merge : Step;

        public sealed record Wait : Step;
    }

    /// <summary>A lock that is removed when its last user leaves.</summary>
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
