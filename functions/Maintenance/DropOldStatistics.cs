using Microsoft.DurableTask.Client;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>Drops the quarters of statistics of which no day is shown any more.</summary>
internal sealed class DropOldStatistics(AppTables tables, TimeProvider time) : INightlyChore
{
    public Task DoAsync(DurableTaskClient durable, CancellationToken ct) =>
        // One day more is still counted, for an answer that was asked for before midnight.
        tables.DropBeforeAsync(DatedTable.Statistics, Tally.FirstDayShown(time.GetUtcNow()).AddDays(-1), ct);
}
