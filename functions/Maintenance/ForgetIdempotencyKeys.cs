using Azure.Data.Tables;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Once a day: deletes Idempotency-Keys that are older than 24 hours. An expired key is ignored even if it still
/// exists.
/// </summary>
internal sealed class ForgetIdempotencyKeys(AppTables tables, TimeProvider time)
{
    [Function(nameof(ForgetIdempotencyKeys))]
    public async Task Run([TimerTrigger("0 45 3 * * *")] TimerInfo timer, CancellationToken ct)
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
