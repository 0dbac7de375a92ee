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
/// A check that tries a thing past every cache. Its time limit goes by the app's clock and ends also what does not heed
/// a token, neither of which the framework's own limit does.
/// </summary>
internal abstract partial class ReadinessCheck(TimeProvider time, ILogger logger) : IHealthCheck
{
    /// <summary>How long it may take.</summary>
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
            // Whatever it is, it is the answer.
            Failed(logger, context.Registration.Name, ex.GetType().Name, (ex as RequestFailedException)?.Status);
            return HealthCheckResult.Unhealthy();
        }
    }

    /// <summary>Fails where the thing does not work.</summary>
    protected abstract Task TryAsync(CancellationToken ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: {Check} failed with {Error} {Status}")]
    private static partial void Failed(ILogger logger, string check, string error, int? status);
}

/// <summary>
/// A conditional write: one transaction where this instance wrote last, three where another one did. Who loses twice
/// has seen others write: storage works.
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

/// <summary>A message, which is ignored when it comes back.</summary>
internal sealed class QueueCheck(AppQueues queues, TimeProvider time, ILogger<QueueCheck> logger)
    : ReadinessCheck(time, logger)
{
    protected override Task TryAsync(CancellationToken ct) => queues.Events.ProbeAsync(ct);
}

/// <summary>A read of the secret that everything needs.</summary>
internal sealed class SecretsCheck(ISecretSource secrets, TimeProvider time, ILogger<SecretsCheck> logger)
    : ReadinessCheck(time, logger)
{
    protected override Task TryAsync(CancellationToken ct) => secrets.GetAsync(KeyRing.SecretName, ct);
}
