using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// The requested reference and the root of its account. Both are the same person where nothing was merged.
/// </summary>
/// <param name="Asked">The person of the reference.</param>
/// <param name="Root">The person whose rows hold the account's shared data.</param>
internal sealed record Identity(Person Asked, Person Root)
{
    public Account Account => Root.Account;
}

/// <summary>
/// Finds the account of a reference. A reference points to its root, and the root lists its references; a pointer
/// counts only if the list confirms it. So the single write of the list makes a merge, or its undoing, visible to
/// every reader at once.
/// </summary>
internal sealed class Accounts(PersonStore persons)
{
    // Normally one hop leads to the root. There are more only while a chain of merges is in progress.
    private const int MaxHops = 16;

    /// <summary>The identity of a reference; null where the reference is unknown or the person was erased.</summary>
    /// <param name="key">The reference.</param>
    /// <param name="also">More rows of the requested person to read in the same query.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="all">A kind of rows to read completely, for the requested person and the root.</param>
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
    /// The identity that an address leads to. Includes an erased person's, because the account's other references
    /// remain.
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
        // The list confirms the pointer.
        if (root.Account.Contains(person.Key.Reference))
            return root;
        // An undone merge released this reference to its earlier root, and its pointer is not updated yet.
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
        // No list confirms the pointer, so the person is its own root.
        return person;
    }
}
