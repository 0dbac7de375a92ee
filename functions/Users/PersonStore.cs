using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>Reads persons and commits their changes: announce, commit.</summary>
internal sealed class PersonStore(AppTables tables, AppQueues queues, PartnerDirectory partners, KeyRing keyRing)
{
    /// <summary>
    /// Reads user, fields, tickets, pointer and the rows named in <paramref name="also"/> with one query.
    /// </summary>
    public async Task<Person> ReadAsync(
        PersonKey key,
        IReadOnlyCollection<string> also,
        CancellationToken ct,
        (string First, string Last)? range = null
    )
    {
        var person = await QueryAsync(key, Person.FilterOf(key, also, range), ct);
        Tracing.Continue(person.TraceOf(also));
        return person;
    }

    /// <summary>Reads user, fields, tickets, pointer and the history of every field, for showing it.</summary>
    public Task<Person> ReadWithHistoryAsync(PersonKey key, CancellationToken ct) =>
        QueryAsync(key, Person.FilterOf(key, [], FieldHistory.Range), ct);

    private async Task<Person> QueryAsync(PersonKey key, string filter, CancellationToken ct)
    {
        var rows = new List<TableEntity>();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            rows.Add(row);
        var tellsKyc = (await partners.FindAsync(key.Partner, ct))?.Settings.KycWebhooks == true;
        return new Person(key, rows, keyRing, tellsKyc);
    }

    /// <summary>
    /// Reads a person, lets <paramref name="decide"/> change it, announces the events that it raised and commits
    /// everything in one transaction. When somebody else was first, reads and decides again.
    /// </summary>
    /// <returns>What the deciding try returned.</returns>
    public async Task<T> ChangeAsync<T>(
        PersonKey key,
        IReadOnlyCollection<string> also,
        Func<Person, Task<T>> decide,
        CancellationToken ct
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var person = await ReadAsync(key, also, ct);
            // What an orchestration does belongs to the trace of the record that it is about, and the record is read
            // only now.
            Tracing.Continue(person.TraceOf(also));
            var result = await decide(person);
            if (!person.IsChanged || await TryCommitAsync(person, announced: null, ct))
                return result;
            await Contention.PauseAsync(attempt, ct);
        }
    }

    /// <summary>Announces and commits one try; false when somebody else was first.</summary>
    /// <param name="person">With its changes.</param>
    /// <param name="announced">An event that was announced already, by an earlier try.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<bool> TryCommitAsync(Person person, EventRow? announced, CancellationToken ct)
    {
        await Task.WhenAll(
            person.Events.Where(happened => happened != announced).Select(happened => AnnounceAsync(happened, ct))
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
