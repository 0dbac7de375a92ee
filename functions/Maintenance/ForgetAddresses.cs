using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Deletes the shared call counts of source addresses whose window is over. Only busy addresses have one.
/// </summary>
internal sealed class ForgetAddresses(AppTables tables, TimeProvider time) : INightlyChore
{
    public async Task DoAsync(DurableTaskClient durable, CancellationToken ct)
    {
        // '}' is the character after '|', which ends the prefix.
        var (first, end) = (RateLimiter.AddressPrefix, RateLimiter.AddressPrefix.Replace('|', '}'));
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey ge {first} and PartitionKey lt {end} and EndsAt lt {time.GetUtcNow()}"
        );
        await foreach (
            var row in tables.RateLimits.QueryAsync<TableEntity>(
                filter,
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
            await tables.RateLimits.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: ct);
    }
}
