using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>Finds operations and changes them.</summary>
internal sealed class OperationStore(PersonStore persons, OperationIndex index)
{
    /// <summary>An operation and its person; null for an unknown id.</summary>
    public async Task<(Operation Operation, Person Person)?> FindAsync(OperationId id, CancellationToken ct) =>
        await index.FindAsync(id, ct) is { } entry ? await FindAsync(entry.Owner, id, ct) : null;

    /// <summary>The same where the person is known.</summary>
    public async Task<(Operation Operation, Person Person)?> FindAsync(
        PersonKey owner,
        OperationId id,
        CancellationToken ct
    )
    {
        var person = await persons.ReadAsync(owner, [Operation.RowKeyOf(id)], ct);
        return Operation.Of(person, id) is { } operation ? (operation, person) : null;
    }

    /// <summary>
    /// Changes an operation: <paramref name="decide"/> raises the event and returns the new operation, or null to
    /// change nothing. It is called again after a conflict. The change is then copied into the index.
    /// </summary>
    /// <returns>
    /// The current operation, whether this call changed it, and its person; null for an unknown id.
    /// </returns>
    public async Task<(Operation Operation, bool Changed, Person Person)?> ChangeAsync(
        OperationId id,
        DateTimeOffset at,
        Func<Person, Operation, Link, Operation?> decide,
        CancellationToken ct
    )
    {
        if (await index.FindAsync(id, ct) is not { } entry)
            return null;
        var result = await persons.ChangeAsync<(Operation Operation, bool Changed, Person Person)?>(
            entry.Owner,
            [Operation.RowKeyOf(id), Link.RowKeyOf(entry.Link)],
            person =>
            {
                if (Operation.Of(person, id) is not { } operation || person.Link(entry.Link) is not { } link)
                    return Task.FromResult<(Operation, bool, Person)?>(null);
                if (decide(person, operation, link) is not { } changed)
                    return Task.FromResult<(Operation, bool, Person)?>((operation, false, person));
                if (!OperationTransitions.Allows(operation.Status, changed.Status))
                    throw new InvalidOperationException(
                        $"An operation cannot go from {operation.Status} to {changed.Status}."
                    );
                person.Put(changed, at);
                return Task.FromResult<(Operation, bool, Person)?>((changed, true, person));
            },
            ct
        );
        if (result is { Changed: true, Operation: var moved })
            await index.ApplyAsync(moved, ct);
        return result;
    }
}
