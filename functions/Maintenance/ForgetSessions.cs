using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>Deletes the sessions of partners' browsers that have ended.</summary>
internal sealed class ForgetSessions(AppTables tables, TimeProvider time) : INightlyChore
{
    public async Task DoAsync(DurableTaskClient durable, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter($"ExpiresAt le {time.GetUtcNow()}");
        await foreach (
            var row in tables.Sessions.QueryAsync<TableEntity>(
                filter,
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
            await tables.Sessions.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, ct);
    }
}
