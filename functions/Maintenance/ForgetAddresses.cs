using Azure.Data.Tables;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Once a day: deletes the shared call counts of source addresses whose window is over. Only busy addresses have one.
/// </summary>
internal sealed class ForgetAddresses(AppTables tables, TimeProvider time)
{
    [Function(nameof(ForgetAddresses))]
    public async Task Run([TimerTrigger("0 20 4 * * *")] TimerInfo timer, CancellationToken ct)
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
