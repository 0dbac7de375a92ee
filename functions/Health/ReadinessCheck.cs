using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Events;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Health;

/// <summary>
/// A check that bypasses every cache. Unlike the framework's timeout, its time limit uses the app's clock and also
/// ends a call that ignores its cancellation token.
/// </summary>
internal abstract partial class ReadinessCheck(TimeProvider time, ILogger logger) : IHealthCheck
{
    /// <summary>The time limit of a check.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        using var limit = new CancellationTokenSource(TimeLimit, time);
        try
        {
            await TryAsync(limit.Token).WaitAsync(limit.Token);
            return HealthCheckResult.Healthy();
        }
        catch (Exception ex)
        {
            // Any exception means that the dependency is unhealthy.
            Failed(logger, context.Registration.Name, ex.GetType().Name, (ex as RequestFailedException)?.Status);
            return HealthCheckResult.Unhealthy();
        }
    }

    /// <summary>Throws if the dependency does not work.</summary>
    protected abstract Task TryAsync(CancellationToken ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: {Check} failed with {Error} {Status}")]
    private static partial void Failed(ILogger logger, string check, string error, int? status);
}

/// <summary>
/// A conditional write: one storage transaction if this instance wrote last, three if another one did. Losing the race
/// twice also passes, because the others' writes prove that storage works.
/// </summary>
internal sealed class StorageCheck(AppTables tables, TimeProvider time, ILogger<StorageCheck> logger)
    : ReadinessCheck(time, logger)
{
    private const string Partition = "ready";
    private const string Row = "probe";

    private readonly TimeProvider _time = time;
    private ETag _version;

    protected override async Task TryAsync(CancellationToken ct)
    {
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var row = new TableEntity(Partition, Row) { ["At"] = _time.Now() };
            try
            {
                var written =
                    _version == default
                        ? await tables.Health.AddEntityAsync(row, ct)
                        : await tables.Health.UpdateEntityAsync(row, _version, TableUpdateMode.Replace, ct);
                _version = written.Headers.ETag ?? default;
                return;
            }
            catch (RequestFailedException ex) when (ex.IsConflict() && ex.ErrorCode != "TableNotFound")
            {
                var stored = await tables.Health.GetEntityIfExistsAsync<TableEntity>(
                    Partition,
                    Row,
                    cancellationToken: ct
                );
                _version = stored.HasValue ? stored.Value!.ETag : default;
            }
        }
    }
}

/// <summary>Sends a probe message, which the handlers ignore.</summary>
internal sealed class QueueCheck(AppQueues queues, TimeProvider time, ILogger<QueueCheck> logger)
    : ReadinessCheck(time, logger)
{
    protected override Task TryAsync(CancellationToken ct) => queues.Events.ProbeAsync(ct);
}

/// <summary>Reads the secret that every request needs.</summary>
internal sealed class SecretsCheck(ISecretSource secrets, TimeProvider time, ILogger<SecretsCheck> logger)
    : ReadinessCheck(time, logger)
{
    protected override Task TryAsync(CancellationToken ct) => secrets.GetAsync(KeyRing.SecretName, ct);
}
