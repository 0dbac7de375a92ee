using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Storage;

/// <summary>The app's tables; each name is prefixed with <see cref="StorageOptions.TablePrefix"/>.</summary>
internal sealed class AppTables(TableServiceClient service, IOptions<StorageOptions> options) : IHostedLifecycleService
{
    private readonly string _prefix = options.Value.TablePrefix;

    /// <summary>One partition a person: the user, fields, links and events.</summary>
    public TableClient Users => Table("Users");

    /// <summary>Index of links by id and by time; the authoritative data is in <see cref="Users"/>.</summary>
    public TableClient Links => Table("Links");

    /// <summary>Index of operations by id and by time; the authoritative data is in <see cref="Users"/>.</summary>
    public TableClient Operations => Table("Operations");

    /// <summary>Partners, their API keys (hashed) and their webhook endpoint.</summary>
    public TableClient Partners => Table("Partners");

    /// <summary>Signed-in browsers of partners, one partition a partner.</summary>
    public TableClient Sessions => Table("Sessions");

    /// <summary>Requests that came with an Idempotency-Key, kept for 24 hours.</summary>
    public TableClient Idempotency => Table("Idempotency");

    /// <summary>Webhook deliveries and their attempts.</summary>
    public TableClient Deliveries => Table("Deliveries");

    /// <summary>Shared counters of the rate limits, one row a partner and kind of call.</summary>
    public TableClient RateLimits => Table("RateLimits");

    /// <summary>Lists a partner's users by status; the authoritative data is in <see cref="Users"/>.</summary>
    public TableClient UserIndex => Table("UserIndex");

    /// <summary>Which person an e-mail address belongs to, one partition an address.</summary>
    public TableClient EmailIndex => Table("EmailIndex");

    /// <summary>Merges of accounts, for the operator; append-only.</summary>
    public TableClient Merges => Table("Merges");

    /// <summary>Which person a share token belongs to, one partition a token.</summary>
    public TableClient ShareTokens => Table("ShareTokens");

    /// <summary>One-time codes and their limits, one partition a partner.</summary>
    public TableClient OneTimeCodes => Table("OneTimeCodes");

    /// <summary>Index of deliveries that have failed; the authoritative data is in <see cref="Deliveries"/>.</summary>
    public TableClient FailedDeliveries => Table("FailedDeliveries");

    /// <summary>
    /// Who waits for an operator, and who is blocked; the authoritative data is in <see cref="Users"/>.
    /// </summary>
    public TableClient Reviews => Table("Reviews");

    /// <summary>What operators did; append-only.</summary>
    public TableClient Audit => Table("Audit");

    /// <summary>One row, which <c>GET /health/ready</c> writes.</summary>
    public TableClient Health => Table("Health");

    /// <summary>The table of this kind that has a day; it may not exist yet.</summary>
    public TableClient Of(DatedTable kind, DateOnly day) => Table(kind.NameOf(day));

    /// <summary>Drops the tables of this kind that have no day from <paramref name="day"/> on.</summary>
    public async Task DropBeforeAsync(DatedTable kind, DateOnly day, CancellationToken ct)
    {
        var (all, kept) = (_prefix + kind.Name, Of(kind, day).Name);
        await foreach (
            var table in service.QueryAsync(
                TableServiceClient.CreateQueryFilter($"TableName ge {all} and TableName lt {kept}"),
                cancellationToken: ct
            )
        )
        {
            // The prefix of another deployment may begin with the prefix of this one.
            if (
                table.Name.StartsWith(all, StringComparison.OrdinalIgnoreCase)
                && kind.Covers(table.Name[_prefix.Length..])
            )
                await service.DeleteTableAsync(table.Name, ct);
        }
    }

    /// <summary>Creates missing tables before any other part of the app starts.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (
            var table in new[]
            {
                Users,
                UserIndex,
                Links,
                Operations,
                Partners,
                Sessions,
                Idempotency,
                Deliveries,
                RateLimits,
                EmailIndex,
                Merges,
                OneTimeCodes,
                ShareTokens,
                Audit,
                Reviews,
                FailedDeliveries,
                Health,
            }
        )
            await table.CreateIfNotExistsAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private TableClient Table(string name) => service.GetTableClient(_prefix + name);
}
