using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Operations;

/// <summary>Where an operation is stored, and its link: neither ever changes.</summary>
internal sealed record OperationPlace(PersonKey Owner, LinkId Link);

/// <summary>
/// An operation in the index: where it is stored, and the values for filtering, which may be outdated.
/// </summary>
internal sealed record OperationEntry(
    PersonKey Owner,
    OperationId Id,
    LinkId Link,
    string UserId,
    DateTimeOffset CreatedAt,
    OperationStatus Status,
    bool Committed
);

/// <summary>
/// The table Operations: finds an operation by its id and lists a partner's operations newest first (see
/// <see cref="TimeIndex"/>).
/// </summary>
internal sealed class OperationIndex(AppTables tables) : IDisposable
{
    private readonly TimeIndex _rows = new(tables.Operations);
    private readonly Unchanging<OperationId, OperationPlace> _places = new();

    /// <summary>Writes the row of an operation before the operation exists.</summary>
    public Task AddAsync(Operation operation, CancellationToken ct) =>
        _rows.AddAsync(
            operation.Id.Partner,
            operation.Id.Id,
            new Dictionary<string, object?>
            {
                ["Reference"] = operation.Owner.Reference.Value,
                ["LinkId"] = operation.Link.Value,
                ["UserId"] = operation.UserId,
            },
            ct
        );

    /// <summary>Deletes the row of an operation that was not created.</summary>
    public Task RemoveAsync(OperationId id, CancellationToken ct) => _rows.RemoveAsync(id.Partner, id.Id, ct);

    /// <summary>Where an operation is stored; null for an unknown id.</summary>
    public Task<OperationPlace?> FindAsync(OperationId id, CancellationToken ct) =>
        _places.FindAsync(
            id,
            async () =>
                await _rows.FindAsync(id.Partner, id.Id, ["Reference", "LinkId"], ct) is { } row
                    ? new OperationPlace(
                        new PersonKey(id.Partner, ReferenceId.FromStorage(row.Text("Reference"))),
                        LinkId.FromStorage(row.Text("LinkId"))
                    )
                    : null
        );

    /// <summary>Copies a cancellation at once, so that the next list of who asked for it has it.</summary>
    public Task CancelAsync(Operation cancelled, CancellationToken ct) =>
        _rows.MergeAsync(
            cancelled.Id.Partner,
            cancelled.Id.Id,
            new Dictionary<string, object?> { ["Committed"] = true, ["CancelledAt"] = cancelled.CancelledAt },
            ct
        );

    /// <summary>Copies what an event tells into its operation's row.</summary>
    public Task ApplyAsync(OperationId id, EventRow happened, CancellationToken ct)
    {
        var columns = new Dictionary<string, object?> { ["Committed"] = true };
        var column = happened.Name switch
        {
            OperationEvents.ProcessingName => "ProcessingAt",
            PartnerEvents.OperationCompleted => "CompletedAt",
            PartnerEvents.OperationFailed => "FailedAt",
            PartnerEvents.OperationCancelled => "CancelledAt",
            _ => null,
        };
        if (column is not null)
            columns[column] = happened.Id.Time;
        return _rows.MergeAsync(id.Partner, id.Id, columns, ct);
    }

    /// <summary>The partner's operations created in a span, newest first.</summary>
    public async IAsyncEnumerable<OperationEntry> ReadAsync(
        PartnerId partner,
        DateTimeOffset? from,
        DateTimeOffset? to,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        await foreach (var row in _rows.Read(partner, from, to, ct))
            yield return Entry(row, partner);
    }

    public void Dispose() => _places.Dispose();

    private static OperationEntry Entry(TableEntity row, PartnerId partner) =>
        new(
            new PersonKey(partner, ReferenceId.FromStorage(row.Text("Reference"))),
            OperationId.Of(partner, TimeIndex.IdOf(row)),
            LinkId.FromStorage(row.Text("LinkId")),
            row.Text("UserId"),
            row.Time("CreatedAt"),
            StatusOf(row),
            row.GetBoolean("Committed") == true
        );

    // Each status has its own column, so that merges can arrive in any order: a final status wins.
    private static OperationStatus StatusOf(TableEntity row)
    {
        foreach (var (column, status) in FinalFirst)
        {
            if (row.GetDateTimeOffset(column) is not null)
                return status;
        }
        return OperationStatus.Created;
    }

    private static readonly (string Column, OperationStatus Status)[] FinalFirst =
    [
        ("CancelledAt", OperationStatus.Cancelled),
        ("CompletedAt", OperationStatus.Completed),
        ("FailedAt", OperationStatus.Failed),
        ("ProcessingAt", OperationStatus.Processing),
    ];
}
