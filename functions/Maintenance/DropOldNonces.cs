using Microsoft.DurableTask.Client;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Drops the tables of nonces older than yesterday. Requests with such nonces are refused as too old.
/// </summary>
internal sealed class DropOldNonces(AppTables tables) : INightlyChore
{
    public Task DoAsync(DurableTaskClient durable, CancellationToken ct) =>
        // The wall clock, since nonces are checked against it.
        tables.DropBeforeAsync(
            DatedTable.Nonces,
            DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(-1),
            ct
        );
}
