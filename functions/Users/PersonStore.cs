using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// Reads persons and commits their changes. Events are announced before the commit, so that none is lost.
/// </summary>
internal sealed class PersonStore(
    AppTables tables,
    AppQueues queues,
    PartnerDirectory partners,
    KeyRing keyRing,
    RowKinds kinds,
    IOperatorsView operators
)
{
    /// <summary>
    /// Reads the rows that are always needed, and further ones, in one query. A query has at most 15 comparisons: six
    /// further keys, or four and a kind.
    /// </summary>
    /// <param name="key">Who.</param>
    /// <param name="also">Keys of more rows.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="all">A kind whose rows are all read, too.</param>
    public async Task<Person> ReadAsync(
        PersonKey key,
        IReadOnlyCollection<string> also,
        CancellationToken ct,
        RowKind? all = null
    )
    {
        var rows = new List<TableEntity>();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(FilterOf(key, also, all), cancellationToken: ct))
            rows.Add(row);
        var wantsKycWebhooks = (await partners.FindAsync(key.Partner, ct))?.Settings.KycWebhooks == true;
        var person = new Person(key, new Partition(key.Partition, rows, kinds), keyRing, wantsKycWebhooks);
        Tracing.Continue(person.TraceOf(also));
        return person;
    }

    private string FilterOf(PersonKey key, IEnumerable<string> also, RowKind? all)
    {
        var wanted = kinds
            .All.Where(kind => kind.IsAlwaysRead)
            .Select(kind => kind.Filter)
            .Concat(also.Select(row => TableClient.CreateQueryFilter($"RowKey eq {row}")));
        if (all is not null)
            wanted = wanted.Append(all.Filter);
        return TableClient.CreateQueryFilter($"PartitionKey eq {key.Partition}")
            + $" and ({string.Join(" or ", wanted)})";
    }

    /// <summary>
    /// Reads a person, lets <paramref name="decide"/> change it, announces the events that it raised and commits
    /// everything in one transaction. When somebody else was first, reads and decides again.
    /// </summary>
    /// <param name="key">Who.</param>
    /// <param name="also">Keys of more rows to read.</param>
    /// <param name="decide">Changes the person.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="read">
    /// The person as it was read before, with these rows and without changes: the first try decides on it, and need not
    /// read again.
    /// </param>
    /// <returns>What the deciding try returned.</returns>
    public Task<T> ChangeAsync<T>(
        PersonKey key,
        IReadOnlyCollection<string> also,
        Func<Person, Task<T>> decide,
        CancellationToken ct,
        Person? read = null
    ) =>
        Contention.RepeatAsync<T>(
            async () =>
            {
                var person = read ?? await ReadAsync(key, also, ct);
                read = null;
                // An orchestration continues the trace of its record, which is only known after this read.
                Tracing.Continue(person.TraceOf(also));
                var result = await decide(person);
                return !person.IsChanged || await TryCommitAsync(person, announced: null, ct)
                    ? TryResult.Done(result)
                    : TryResult.Lost;
            },
            ct
        );

    /// <summary>Announces the events and commits; false after a conflict.</summary>
    /// <param name="person">With its changes.</param>
    /// <param name="announced">An event that an earlier try has announced already.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<bool> TryCommitAsync(Person person, EventRow? announced, CancellationToken ct)
    {
        person.TellOperators(operators);
        await Task.WhenAll(
            person
                .Events.Where(happened => happened.Id != announced?.Id)
                .Select(happened => AnnounceAsync(happened, ct))
        );
        try
        {
            await tables.Users.SubmitTransactionAsync(person.Transaction(), ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            Metrics.Conflicts.Add(1);
            return false;
        }
    }

    /// <summary>Sends the message that leads to the event's follow-up.</summary>
    public Task AnnounceAsync(EventRow happened, CancellationToken ct) =>
        queues.Events.SendAsync(Announcement.Of(happened), happened.Id.Text, due: null, ct);
}
