using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Audit;

/// <summary>The table Audit. Nothing deletes its rows, and only an act's outcome is added to them.</summary>
internal sealed class AuditLog(AppTables tables, KeyRing keyRing, IPersonVault persons)
{
    /// <summary>Writes a new row.</summary>
    public Task AddAsync(ActRecord act, CancellationToken ct) => tables.Audit.AddEntityAsync(act.ToRow(), ct);

    /// <summary>Writes what came of it.</summary>
    public Task EndAsync(ActRecord act, CancellationToken ct) =>
        tables.Audit.UpdateEntityAsync(act.ToRow(), ETag.All, TableUpdateMode.Replace, ct);

    /// <summary>
    /// The act with its reason, encrypted: with the key of the person whom it is about, else by the key ring.
    /// </summary>
    public async Task<ActRecord> WithReasonAsync(ActRecord act, string? reason, CancellationToken ct)
    {
        if (reason is null)
            return act;
        if (act.Person is { } person && await persons.SealAsync(person, reason, act.Purpose, ct) is { } sealedReason)
            return act with { WhyOfPerson = sealedReason, Why = null };
        return act with { Why = await keyRing.WrapAsync(reason, act.Purpose, ct), WhyOfPerson = null };
    }

    /// <summary>Why; null where it was not said, or was erased with the person.</summary>
    public async Task<string?> ReasonOfAsync(ActRecord act, CancellationToken ct)
    {
        if (act.WhyOfPerson is { } ofPerson)
            return await persons.OpenAsync(act.Person!, ofPerson, act.Purpose, ct);
        return act.Why is { } why ? await keyRing.UnwrapTextAsync(why, act.Purpose, ct) : null;
    }

    /// <summary>The acts of a span that match a filter, newest first.</summary>
    public async IAsyncEnumerable<ActRecord> ReadAsync(
        DateTimeOffset? from,
        DateTimeOffset? to,
        string? filter,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        var conditions = TableClient.CreateQueryFilter($"PartitionKey eq {ActRecord.Partition}");
        // The rows are mirrored ids: the newest has the lowest key.
        if (to is { } newest)
            conditions += TableClient.CreateQueryFilter(
                $" and RowKey gt {Ulid.First(newest.AddMilliseconds(1)).Inverted}"
            );
        if (from is { } oldest)
            conditions += TableClient.CreateQueryFilter($" and RowKey le {Ulid.First(oldest).Inverted}");
        if (filter is not null)
            conditions += " and " + filter;
        await foreach (var row in tables.Audit.QueryAsync<TableEntity>(conditions, cancellationToken: ct))
            yield return ActRecord.FromRow(row);
    }
}
