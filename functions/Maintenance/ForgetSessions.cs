using Azure.Data.Tables;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>Once a day: deletes the sessions of partners' browsers that have ended.</summary>
internal sealed class ForgetSessions(AppTables tables, TimeProvider time)
{
    [Function(nameof(ForgetSessions))]
    public async Task Run([TimerTrigger("0 50 3 * * *")] TimerInfo timer, CancellationToken ct)
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
