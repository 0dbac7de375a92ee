using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>Finds operations and changes them.</summary>
internal sealed class OperationStore(PersonStore persons, OperationIndex index)
{
    /// <summary>An operation and its person; null for an unknown id.</summary>
    public async Task<(Operation Operation, Person Person)?> FindAsync(OperationId id, CancellationToken ct) =>
        await index.FindAsync(id, ct) is { } place ? await FindAsync(place.Owner, id, ct, place.Link) : null;

    /// <summary>The same where the person is known; with a link, that one is read, too.</summary>
    public async Task<(Operation Operation, Person Person)?> FindAsync(
        PersonKey owner,
        OperationId id,
        CancellationToken ct,
        LinkId? link = null
    )
    {
        string[] rows = link is null ? [Operation.RowKeyOf(id)] : [Operation.RowKeyOf(id), Link.RowKeyOf(link)];
        var person = await persons.ReadAsync(owner, rows, ct);
        return Operation.Of(person, id) is { } operation ? (operation, person) : null;
    }

    /// <summary>
    /// Changes an operation: <paramref name="decide"/> raises the event and returns the new operation, or null to
    /// change nothing. It is called again after a conflict. The follow-up copies the change into the index.
    /// </summary>
    /// <param name="id">The operation.</param>
    /// <param name="at">When.</param>
    /// <param name="decide">Makes the change.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="read">The person, if this class has found it just now.</param>
    /// <returns>
    /// The current operation, whether this call changed it, and its person; null for an unknown id.
    /// </returns>
    public async Task<(Operation Operation, bool Changed, Person Person)?> ChangeAsync(
        OperationId id,
        DateTimeOffset at,
        Func<Person, Operation, Link, Operation?> decide,
        CancellationToken ct,
        Person? read = null
    )
    {
        if (await index.FindAsync(id, ct) is not { } place)
            return null;
        return await persons.ChangeAsync<(Operation Operation, bool Changed, Person Person)?>(
            place.Owner,
            [Operation.RowKeyOf(id), Link.RowKeyOf(place.Link)],
            person =>
            {
                if (Operation.Of(person, id) is not { } operation || person.Link(place.Link) is not { } link)
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
            ct,
            read
        );
    }
}
