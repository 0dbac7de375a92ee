using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>Reads links and changes them: announce, commit, copy into the index.</summary>
internal sealed class LinkStore(AppTables tables, AppQueues queues, LinkIndex index)
{
    /// <summary>A link and its person (without the fields that nobody asked for); null for an unknown id.</summary>
    public async Task<(Link Link, Person Person)?> FindAsync(LinkId id, CancellationToken ct) =>
        await index.FindOwnerAsync(id, ct) is { } owner ? await FindAsync(owner, id, ct) : null;

    /// <summary>The same where the person is known.</summary>
    public async Task<(Link Link, Person Person)?> FindAsync(PersonKey owner, LinkId id, CancellationToken ct)
    {
        var linkRow = Link.RowKeyOf(id);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {owner.Partition} and (RowKey eq {linkRow} or RowKey eq {"user"} or RowKey eq {"link|active"} or (RowKey ge {"field|name."} and RowKey lt {"field|name/"}))");
        var rows = new List<TableEntity>();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            rows.Add(row);
        return rows.Find(row => row.RowKey == linkRow) is { } found ? (Link.FromRow(found, owner, id), Person.From(owner, rows)) : null;
    }

    /// <summary>
    /// Moves a link on: reads it, lets <paramref name="decide"/> say what it becomes and which event tells of it, and writes both under the versions that were read. Decides
    /// again when somebody else was first.
    /// </summary>
    /// <param name="id">The link.</param>
    /// <param name="decide">The change, or null to leave the link as it is.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The link as it stands and whether this call changed it; null for an unknown id.</returns>
    public async Task<(Link Link, bool Changed)?> ChangeAsync(LinkId id, Func<Link, LinkChange?> decide, CancellationToken ct)
    {
        if (await index.FindOwnerAsync(id, ct) is not { } owner)
            return null;
        for (var attempt = 1; ; attempt++)
        {
            if (await FindAsync(owner, id, ct) is not var (link, person))
                return null;
            if (decide(link) is not { } change)
                return (link, false);
            var actions = new List<TableTransactionAction>
            {
                new(TableTransactionActionType.UpdateReplace, change.Link.ToRow(), link.ETag),
                new(TableTransactionActionType.Add, change.Event.ToRow()),
            };
            if (LinkTransitions.IsFinal(change.Link.Stored) && person.PointAwayFrom(id.Value) is { } clear)
                actions.Add(clear);
            await queues.Events.SendAsync(Announcement.Of(change.Event), change.Event.Id.Text, due: null, ct);
            try
            {
                await tables.Users.SubmitTransactionAsync(actions, ct);
            }
            catch (RequestFailedException ex) when (ex.IsConflict() && attempt < TableConflicts.MaxTries)
            {
                continue;
            }
            await index.ApplyAsync(change.Link, ct);
            return (change.Link, true);
        }
    }
}

/// <summary>What a link becomes, and the event that tells of it.</summary>
internal sealed record LinkChange(Link Link, EventRow Event);
