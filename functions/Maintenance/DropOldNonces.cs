using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Once a day: drops the tables of nonces older than yesterday. Requests with such nonces are refused as too old.
/// </summary>
internal sealed class DropOldNonces(AppTables tables)
{
    [Function(nameof(DropOldNonces))]
    public Task Run([TimerTrigger("0 15 4 * * *")] TimerInfo timer, CancellationToken ct) =>
        // The wall clock, since nonces are checked against it.
        tables.DropNoncesBeforeAsync(
            DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(-1),
            ct
        );
}
