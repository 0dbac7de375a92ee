using Serverless.Functions.Events;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>Finds links and moves them on.</summary>
internal sealed class LinkStore(PersonStore persons, LinkIndex index)
{
    /// <summary>A link and its person; null for an unknown id.</summary>
    public async Task<(Link Link, Person Person)?> FindAsync(LinkId id, CancellationToken ct) =>
        await index.FindOwnerAsync(id, ct) is { } owner ? await FindAsync(owner, id, ct) : null;

    /// <summary>The same where the person is known.</summary>
    public async Task<(Link Link, Person Person)?> FindAsync(PersonKey owner, LinkId id, CancellationToken ct)
    {
        var person = await persons.ReadAsync(owner, [Link.RowKeyOf(id)], ct);
        return person.Link(id) is { } link ? (link, person) : null;
    }

    /// <summary>
    /// Moves a link on: <paramref name="decide"/> says what it becomes and which event tells of it, or null to leave it as it is; both are committed together and then
    /// copied into the index.
    /// </summary>
    /// <returns>The link as it stands and whether this call changed it; null for an unknown id.</returns>
    public async Task<(Link Link, bool Changed)?> ChangeAsync(LinkId id, DateTimeOffset now, Func<Link, LinkChange?> decide, CancellationToken ct)
    {
        if (await index.FindOwnerAsync(id, ct) is not { } owner)
            return null;
        var result = await persons.ChangeAsync<(Link Link, bool Changed)?>(owner, [Link.RowKeyOf(id)], person =>
        {
            if (person.Link(id) is not { } link)
                return Task.FromResult<(Link, bool)?>(null);
            if (decide(link) is not { } change)
                return Task.FromResult<(Link, bool)?>((link, false));
            person.Update(change.Link, now);
            person.Raise(change.Event);
            return Task.FromResult<(Link, bool)?>((change.Link, true));
        }, ct);
        if (result is { Changed: true, Link: var changed })
            await index.ApplyAsync(changed, ct);
        return result;
    }
}

/// <summary>What a link becomes, and the event that tells of it.</summary>
internal sealed record LinkChange(Link Link, EventRow Event);
