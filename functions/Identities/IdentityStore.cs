using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>Reads and changes identities. A change is one transaction in the partition of the account's root.</summary>
internal sealed class IdentityStore(PersonStore persons, Accounts accounts, AccountMerge merges)
{
    /// <summary>The identity of a reference; null where the reference is unknown.</summary>
    public Task<Identity?> FindAsync(PersonKey key, CancellationToken ct) => accounts.FindAsync(key, [], ct);

    /// <summary>
    /// The person's stored country, if a phone number in the body is national and needs it; else null. It is asked
    /// before the body is read, so it notes no problem.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="partner">The partner.</param>
    /// <param name="fromPath">The reference of the path; null where that of the body counts.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<string?> CountryForAsync(
        JsonInput body,
        PartnerId partner,
        string? fromPath,
        CancellationToken ct
    )
    {
        if (
            !PhoneNumber.NeedsCountry(body, IdentityData.Mobile)
            || !IdentityReference.TryParse(fromPath ?? IdentityReference.In(body), out var reference)
        )
            return null;
        return await FindAsync(new PersonKey(partner, reference), ct) is { Root: { ErasedAt: null } root }
            ? await root.ReadAsync(IdentityData.Country, ct)
            : null;
    }

    /// <summary>
    /// Lets <paramref name="decide"/> change the root of a reference's account and commits with optimistic
    /// concurrency: after a conflict it reads and decides again. A merge in progress is completed first.
    /// </summary>
    /// <param name="key">The reference.</param>
    /// <param name="also">More rows of the root to read.</param>
    /// <param name="decide">Changes <see cref="Identity.Root"/>, nothing else.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The result of the committed attempt; the default where the reference is unknown.</returns>
    public Task<T?> ChangeAsync<T>(
        PersonKey key,
        IReadOnlyCollection<string> also,
        Func<Identity, Task<T>> decide,
        CancellationToken ct
    ) => ChangeAsync(() => accounts.FindAsync(key, also, ct), also, decide, ct);

    /// <summary>Changes the account of an erased person in the same way.</summary>
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
