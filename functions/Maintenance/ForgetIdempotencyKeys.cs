using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Deletes Idempotency-Keys that are older than 24 hours. An expired key is ignored even if it still
/// exists.
/// </summary>
internal sealed class ForgetIdempotencyKeys(AppTables tables, TimeProvider time) : INightlyChore
{
    public async Task DoAsync(DurableTaskClient durable, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter($"CreatedAt lt {time.GetUtcNow() - IdempotencyStore.Retention}");
        await foreach (
            var row in tables.Idempotency.QueryAsync<TableEntity>(
                filter,
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
            await tables.Idempotency.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, ct);
    }
}
