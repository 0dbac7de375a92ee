using System.Globalization;
using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Storage;

/// <summary>
/// The app's tables; <see cref="StorageOptions.TablePrefix"/> goes before each name.
/// </summary>
internal sealed class AppTables(TableServiceClient service, IOptions<StorageOptions> options) : IHostedLifecycleService
{
    private const string NoncesOf = "Nonces";
    private const string DayFormat = "yyyyMMdd";
    private readonly string _prefix = options.Value.TablePrefix;

    /// <summary>One partition a person: the user, fields, links and events.</summary>
    public TableClient Users => Table("Users");

    /// <summary>Index of links by id and by time; the truth stands in <see cref="Users"/>.</summary>
    public TableClient Links => Table("Links");

    /// <summary>Index of operations by id and by time; the truth stands in <see cref="Users"/>.</summary>
    public TableClient Operations => Table("Operations");

    /// <summary>Partners, their API keys (hashed) and their webhook endpoint.</summary>
    public TableClient Partners => Table("Partners");

    /// <summary>Requests that came with an Idempotency-Key, kept for 24 hours.</summary>
    public TableClient Idempotency => Table("Idempotency");

    /// <summary>Webhook deliveries and their attempts.</summary>
    public TableClient Deliveries => Table("Deliveries");

    /// <summary>Shared counters of the rate limits, one row a partner and kind of call.</summary>
    public TableClient RateLimits => Table("RateLimits");

    /// <summary>Lists a partner's users by status; the truth stands in <see cref="Users"/>.</summary>
    public TableClient UserIndex => Table("UserIndex");

    /// <summary>Who claims an e-mail address, one partition an address.</summary>
    public TableClient EmailIndex => Table("EmailIndex");

    /// <summary>Merges of accounts, for the operator; append-only.</summary>
    public TableClient Merges => Table("Merges");

    /// <summary>Whose a share token is, one partition a token.</summary>
    public TableClient ShareTokens => Table("ShareTokens");

    /// <summary>One-time codes and their limits, one partition a partner.</summary>
    public TableClient OneTimeCodes => Table("OneTimeCodes");

    /// <summary>One row, which <c>GET /health/ready</c> writes.</summary>
    public TableClient Health => Table("Health");

    /// <summary>Nonces of signed requests, a table for each day that they name.</summary>
    public TableClient Nonces(DateOnly day) => Table(NoncesOf + day.ToString(DayFormat, CultureInfo.InvariantCulture));

    /// <summary>Drops the tables of nonces that name an earlier day.</summary>
    public async Task DropNoncesBeforeAsync(DateOnly day, CancellationToken ct)
    {
        var all = _prefix + NoncesOf;
        await foreach (
            var table in service.QueryAsync(
                TableServiceClient.CreateQueryFilter($"TableName ge {all} and TableName lt {Nonces(day).Name}"),
                cancellationToken: ct
            )
        )
        {
            // Another deployment's prefix may begin like this one's tables.
            if (
                table.Name.StartsWith(all, StringComparison.OrdinalIgnoreCase)
                && DateOnly.TryParseExact(table.Name.AsSpan(all.Length), DayFormat, out _)
            )
                await service.DeleteTableAsync(table.Name, ct);
        }
    }

    /// <summary>Creates what is missing before anything else of the app starts.</summary>
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
                Idempotency,
                Deliveries,
                RateLimits,
                EmailIndex,
                Merges,
                OneTimeCodes,
                ShareTokens,
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
