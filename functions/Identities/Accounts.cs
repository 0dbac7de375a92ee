using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// A reference that was asked for, and the root of its account: the same person where nothing was merged.
/// </summary>
/// <param name="Asked">The person of the reference.</param>
/// <param name="Root">Whose rows hold what the account's references have in common.</param>
internal sealed record Identity(Person Asked, Person Root)
{
    public Account Account => Root.Account;
}

/// <summary>
/// Finds the account of a reference. A reference points to its root, and the root lists its references: only both
/// together count, so that a merge is visible for every reader from the one write that changes the list, and an undone
/// one is not.
/// </summary>
internal sealed class Accounts(PersonStore persons)
{
    // A pointer is one hop. More are only met while a chain of merges is under way.
    private const int MaxHops = 16;

    /// <summary>The identity of a reference; null where nobody has it or the person was erased.</summary>
    /// <param name="key">The reference.</param>
    /// <param name="also">More rows of the asked person to read with it.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="all">A kind whose rows are all read with it and with the root.</param>
    public async Task<Identity?> FindAsync(
        PersonKey key,
        IReadOnlyCollection<string> also,
        CancellationToken ct,
        RowKind? all = null
    )
    {
        var asked = await persons.ReadAsync(key, also, ct, all);
        return asked.IsNew || asked.ErasedAt is not null
            ? null
            : new Identity(asked, await RootOfAsync(asked, 0, ct, all));
    }

    /// <summary>
    /// The identity that an address leads to: also that of an erased person, whose account other references may still
    /// have in common.
    /// </summary>
    public async Task<Identity?> FindHolderAsync(PersonKey key, CancellationToken ct, RowKind? all = null)
    {
        var anchor = await persons.ReadAsync(key, [], ct, all);
        return anchor.IsNew ? null : new Identity(anchor, await RootOfAsync(anchor, 0, ct, all));
    }

    /// <summary>The root of a person's account.</summary>
    public Task<Person> RootOfAsync(Person person, CancellationToken ct) => RootOfAsync(person, 0, ct);

    private async Task<Person> RootOfAsync(Person person, int hops, CancellationToken ct, RowKind? all = null)
    {
        if ((person.User.Root ?? person.User.MergingInto) is not { } next)
            return person;
        if (hops == MaxHops)
            throw new InvalidOperationException("The pointers between references have no end.");
        var other = await persons.ReadAsync(person.Key with { Reference = next }, [], ct, all);
        var root = await RootOfAsync(other, hops + 1, ct, all);
        if (root.Account.Contains(person.Key.Reference))
            return root;
        // Given back by an undone merge, together with the references of the root that it had before.
        if (
            root.Account.Released.TryGetValue(person.Key.Reference.Value, out var own)
            && own != person.Key.Reference.Value
        )
            return await RootOfAsync(
                await persons.ReadAsync(person.Key with { Reference = ReferenceId.FromStorage(own) }, [], ct, all),
                hops + 1,
                ct,
                all
            );
        return person;
    }
}
