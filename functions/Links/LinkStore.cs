using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>Finds links and changes them.</summary>
internal sealed class LinkStore(PersonStore persons, LinkIndex index, IEnumerable<ILinkParticipant> participants)
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
    /// Changes a link: <paramref name="decide"/> changes the person (link, data request, events) and returns the new
    /// link, or null to change nothing. It is called again after a conflict. The change is then copied into the index.
    /// </summary>
    /// <returns>The current link and whether this call changed it; null for an unknown id.</returns>
    public async Task<(Link Link, bool Changed)?> ChangeAsync(
        LinkId id,
        Func<Person, Link, Link?> decide,
        CancellationToken ct
    )
    {
        if (await index.FindOwnerAsync(id, ct) is not { } owner)
            return null;
        var result = await persons.ChangeAsync<(Link Link, bool Changed)?>(
            owner,
            [.. RowsOf(id)],
            person =>
            {
                if (person.Link(id) is not { } link)
                    return Task.FromResult<(Link, bool)?>(null);
                var changed = decide(person, link);
                return Task.FromResult<(Link, bool)?>((changed ?? link, changed is not null));
            },
            ct
        );
        if (result is { Changed: true, Link: var changed })
            await index.ApplyAsync(changed, ct);
        return result;
    }

    /// <summary>Keys of the rows that a change of a link reads: the link and the rows of its participants.</summary>
    public IEnumerable<string> RowsOf(LinkId id) =>
        participants.SelectMany(participant => participant.RowsOf(id)).Prepend(Link.RowKeyOf(id));

    /// <summary>Lets the participants add to the transaction that creates a link.</summary>
    public void Join(Person person, Link created, Partner? partner, string baseUrl, DateTimeOffset at)
    {
        foreach (var participant in participants)
            participant.OnCreated(person, created, partner, baseUrl, at);
    }

    /// <summary>
    /// Writes a link that was revoked or has expired, raises its event, and lets the participants close their part.
    /// </summary>
    /// <param name="person">Its person.</param>
    /// <param name="closed">The link, revoked or expired.</param>
    /// <param name="isTimeUp">True if it expired, false if somebody closed it.</param>
    /// <param name="at">When.</param>
    public void Close(Person person, Link closed, bool isTimeUp, DateTimeOffset at)
    {
        person.Update(closed, at);
        person.Raise(
            closed.Stored == LinkStatus.Revoked
                ? LinkEvents.New(PartnerEvents.LinkRevoked, closed, at, LinkEvents.Revoked(closed))
                : LinkEvents.New(PartnerEvents.LinkExpired, closed, at, LinkEvents.Expired(closed))
        );
        foreach (var participant in participants)
            participant.OnClosed(person, closed, isTimeUp, at);
    }
}
