using Azure;
using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Deletes codes and call counts that were not used for an hour. They expire after minutes.
/// </summary>
internal sealed class ForgetOneTimeCodes(AppTables tables, TimeProvider time) : INightlyChore
{
    private const int Batch = 100;
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    public async Task DoAsync(DurableTaskClient durable, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter($"At lt {time.GetUtcNow() - Retention}");
        var rows = new List<TableEntity>();
        await foreach (
            var row in tables.OneTimeCodes.QueryAsync<TableEntity>(
                filter,
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
        {
            if (rows.Count == Batch || (rows.Count > 0 && rows[0].PartitionKey != row.PartitionKey))
                await DeleteAsync(rows, ct);
            rows.Add(row);
        }
        if (rows.Count > 0)
            await DeleteAsync(rows, ct);
    }

    private async Task DeleteAsync(List<TableEntity> rows, CancellationToken ct)
    {
        try
        {
            await tables.OneTimeCodes.SubmitTransactionAsync(
                rows.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, row.ETag)),
                ct
            );
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // A code was requested meanwhile: the next run deletes it.
        }
        rows.Clear();
    }
}
