using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>Reads and changes identities. A change is one transaction in the partition of the account's root.</summary>
internal sealed class IdentityStore(PersonStore persons, Accounts accounts, AccountMerge merges)
{
    /// <summary>The identity of a reference; null where nobody has it.</summary>
    public Task<Identity?> FindAsync(PersonKey key, CancellationToken ct) => accounts.FindAsync(key, [], ct);

    /// <summary>
    /// Where a person is known to live, if a telephone number in a body can only be understood with that; else null.
    /// </summary>
    public async Task<string?> CountryForAsync(
        JsonInput body,
        PartnerId partner,
        string? reference,
        CancellationToken ct
    )
    {
        if (reference is null || !PhoneNumber.NeedsCountry(body, IdentityData.Mobile))
            return null;
        return
            await FindAsync(new PersonKey(partner, ReferenceId.FromStorage(reference)), ct)
                is { Root: { ErasedAt: null } root }
            ? await root.ReadAsync(IdentityData.Country, ct)
            : null;
    }

    /// <summary>
    /// Lets <paramref name="decide"/> change the root of a reference's account and commits; when somebody else was
    /// first, reads and decides again. A merge that is under way is completed before.
    /// </summary>
    /// <param name="key">The reference.</param>
    /// <param name="also">More rows of the root to read.</param>
    /// <param name="decide">Changes <see cref="Identity.Root"/>, nothing else.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>What the deciding try returned; the default where nobody has the reference.</returns>
    public Task<T?> ChangeAsync<T>(
        PersonKey key,
        IReadOnlyCollection<string> also,
        Func<Identity, Task<T>> decide,
        CancellationToken ct
    ) => ChangeAsync(() => accounts.FindAsync(key, also, ct), also, decide, ct);

    /// <summary>The same for the account of a person who was erased.</summary>
    public Task ChangeErasedAsync(PersonKey key, Action<Identity> decide, CancellationToken ct) =>
        ChangeAsync(
            () => accounts.FindHolderAsync(key, ct),
            [],
            identity =>
            {
                decide(identity);
                return Task.FromResult(true);
            },
            ct
        );

    private Task<T?> ChangeAsync<T>(
        Func<Task<Identity?>> find,
        IReadOnlyCollection<string> also,
        Func<Identity, Task<T>> decide,
        CancellationToken ct
    ) =>
        Contention.RepeatAsync<T?>(
            async () =>
            {
                if (await find() is not { } identity)
                    return TryResult.Done(default(T));
                if (identity.Root.User.MergingInto is not null)
                {
                    await merges.CompleteAsync(identity.Root.Key, ct);
                    return TryResult.Lost;
                }
                if (also.Count > 0 && identity.Root != identity.Asked)
                    identity = identity with { Root = await persons.ReadAsync(identity.Root.Key, also, ct) };
                if (identity.Root.User.Root is not null || identity.Root.User.MergingInto is not null)
                    return TryResult.Lost;
                var result = await decide(identity);
                return !identity.Root.IsChanged || await persons.TryCommitAsync(identity.Root, announced: null, ct)
                    ? TryResult.Done<T?>(result)
                    : TryResult.Lost;
            },
            ct
        );
}
