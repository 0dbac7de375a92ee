using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>Once a day: drops the tables of nonces that were over before yesterday began. Requests that would use them are refused by then as too old.</summary>
internal sealed class DropOldNonces(AppTables tables, TimeProvider time)
{
    [Function(nameof(DropOldNonces))]
    public Task Run([TimerTrigger("0 15 4 * * *")] TimerInfo timer, CancellationToken ct) =>
        tables.DropNoncesBeforeAsync(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-1), ct);
}
