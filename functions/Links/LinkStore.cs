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
    /// link, or null to change nothing. It is called again after a conflict. The follow-up copies the change into the
    /// index.
    /// </summary>
    /// <returns>The current link, whether this call changed it, and its person; null for an unknown id.</returns>
    public async Task<(Link Link, bool Changed, Person Person)?> ChangeAsync(
        LinkId id,
        Func<Person, Link, Link?> decide,
        CancellationToken ct
    ) => await index.FindOwnerAsync(id, ct) is { } owner ? await ChangeAsync(owner, id, decide, read: null, ct) : null;

    /// <summary>The same where the person was read already, with <see cref="RowsOf"/>.</summary>
    public Task<(Link Link, bool Changed, Person Person)?> ChangeAsync(
        Person read,
        LinkId id,
        Func<Person, Link, Link?> decide,
        CancellationToken ct
    ) => ChangeAsync(read.Key, id, decide, read, ct);

    private Task<(Link Link, bool Changed, Person Person)?> ChangeAsync(
        PersonKey owner,
        LinkId id,
        Func<Person, Link, Link?> decide,
        Person? read,
        CancellationToken ct
    ) =>
        persons.ChangeAsync<(Link Link, bool Changed, Person Person)?>(
            owner,
            [.. RowsOf(id)],
            person =>
            {
                if (person.Link(id) is not { } link)
                    return Task.FromResult<(Link, bool, Person)?>(null);
                var changed = decide(person, link);
                return Task.FromResult<(Link, bool, Person)?>((changed ?? link, changed is not null, person));
            },
            ct,
            read
        );

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
