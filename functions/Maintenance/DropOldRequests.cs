using Microsoft.DurableTask.Client;
using Serverless.Functions.Storage;
using Serverless.Functions.Usage;

namespace Serverless.Functions.Maintenance;

/// <summary>Drops the logs of requests of days that nobody can read any more.</summary>
internal sealed class DropOldRequests(AppTables tables, TimeProvider time) : INightlyChore
{
    public Task DoAsync(DurableTaskClient durable, CancellationToken ct) =>
        tables.DropBeforeAsync(
            DatedTable.Requests,
            DateOnly.FromDateTime((time.GetUtcNow() - RequestLog.Retention).UtcDateTime),
            ct
        );
}
