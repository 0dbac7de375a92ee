using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Once a day: drops the tables of nonces that were over before yesterday began. Requests that would use them are
/// refused by then as too old.
/// </summary>
internal sealed class DropOldNonces(AppTables tables)
{
    [Function(nameof(DropOldNonces))]
    public Task Run([TimerTrigger("0 15 4 * * *")] TimerInfo timer, CancellationToken ct) =>
        // By the wall clock, which nonces are judged by.
        tables.DropNoncesBeforeAsync(
            DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(-1),
            ct
        );
}
