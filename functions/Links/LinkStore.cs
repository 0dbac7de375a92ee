using Serverless.Functions.DataRequests;
using Serverless.Functions.Ids;
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
    /// Moves a link on: <paramref name="decide"/> changes the person (link, data request, events) and returns what the
    /// link has become, or null to leave everything as it is. It is asked again when somebody else was first. The
    /// change is then copied into the index.
    /// </summary>
    /// <returns>The link as it stands and whether this call changed it; null for an unknown id.</returns>
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
            [Link.RowKeyOf(id), DataRequest.RowKeyOf(DataRequestId.Of(id))],
            person =>
                Task.FromResult<(Link, bool)?>(
                    person.Link(id) is not { } link ? null
                    : decide(person, link) is { } changed ? (changed, true)
                    : (link, false)
                ),
            ct
        );
        if (result is { Changed: true, Link: var changed })
            await index.ApplyAsync(changed, ct);
        return result;
    }
}
