using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Erasure;

/// <summary>
/// After an erasure: if every reference of the account is erased, its e-mail addresses are released; otherwise a
/// look-up by e-mail now returns one of the remaining references. The erased reference stays as a tombstone.
/// </summary>
internal sealed class ForgetErasedIdentity(
    PersonStore persons,
    IdentityStore identities,
    Accounts accounts,
    EmailIndex index,
    TimeProvider time
) : IEventFollower
{
    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        if (happened.Name != InternalEvents.UserErased)
            return;
        var erased = new PersonKey(happened.Partner, happened.Reference);
        if (await accounts.FindHolderAsync(erased, ct) is not { Account.Exists: true } identity)
            return;
        var living = await FindLivingAsync(identity, ct);
        if (living is null)
        {
            // The index first: after a crash, the account still lists the addresses to release.
            foreach (var email in identity.Account.Emails)
            {
                if (
                    await index.FindAsync(erased.Partner, email.Hash, ct) is { } claim
                    && claim.Reference.Value == email.Anchor
                )
                    await index.ReleaseAsync(erased.Partner, email.Hash, claim, ct);
            }
        }
        await identities.ChangeErasedAsync(
            erased,
            found =>
            {
                var emails = living is null
                    ? []
                    : found
                        .Account.Emails.Select(email =>
                            email.Reference == erased.Reference.Value ? email with { Reference = living } : email
                        )
                        .ToList();
                if (!emails.SequenceEqual(found.Account.Emails))
                    found.Root.Put(found.Account with { Emails = emails }, time.Now());
            },
            ct
        );
    }

    /// <summary>A reference of the account whose person is not erased; null where there is none.</summary>
    private async Task<string?> FindLivingAsync(Identity identity, CancellationToken ct)
    {
        foreach (var member in identity.Account.Members.Prepend(identity.Root.Key.Reference.Value))
        {
            var person = await persons.ReadAsync(
                identity.Root.Key with
                {
                    Reference = ReferenceId.FromStorage(member),
                },
                [],
                ct
            );
            if (!person.IsNew && person.ErasedAt is null)
                return member;
        }
        return null;
    }
}
