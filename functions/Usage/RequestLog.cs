using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Usage;

/// <summary>
/// The requests of each partner: kept in memory and written a minute after the first of them, one row a partner, and at
/// the end of the process. A crash loses at most a minute of a log.
/// </summary>
/// <remarks>
/// Of a busy minute a part is kept, and what was refused before what succeeded. Rows are in a table a day, which is
/// dropped as a whole.
/// </remarks>
internal sealed partial class RequestLog(AppTables tables, TimeProvider time, ILogger<RequestLog> logger)
    : IHostedService,
        IDisposable
{
    /// <summary>The requests of a partner that an instance keeps of a minute.</summary>
    public const int MostAMinute = 300;

    /// <summary>How far back a log can be read.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Not written yet.</summary>
    private Dictionary<PartnerId, List<LoggedRequest>> _kept = [];

    /// <summary>Being written.</summary>
    private Dictionary<PartnerId, List<LoggedRequest>> _leaving = [];

    /// <summary>Writes what is kept; null while nothing is.</summary>
    private ITimer? _timer;

    /// <summary>Keeps a request; of a minute that has too many, rather one that was refused.</summary>
    public void Note(PartnerId partner, LoggedRequest request)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(partner, out var requests))
                _kept[partner] = requests = [];
            if (requests.Count < MostAMinute)
                requests.Add(request);
            else if (IsRefused(request) && requests.FindIndex(kept => !IsRefused(kept)) is >= 0 and var success)
                requests[success] = request;
            _timer ??= BeginMinute();
        }
    }

    /// <summary>A partner's requests since a moment, the newest first.</summary>
    public async Task<IReadOnlyList<LoggedRequest>> ReadAsync(
        PartnerId partner,
        DateTimeOffset since,
        CancellationToken ct
    )
    {
        // Memory first: what is written meanwhile is found in both, and shown once.
        var found = NotWritten(partner).ToDictionary(request => request.Id);
        var days = new[] { since, time.GetUtcNow() }.Select(at => DateOnly.FromDateTime(at.UtcDateTime)).Distinct();
        foreach (var requests in await Task.WhenAll(days.Select(day => ReadAsync(partner, day, since, ct))))
        foreach (var request in requests)
            found[request.Id] = request;
        var first = Ulid.First(since).Text;
        return
        [
            .. found
                .Values.Where(request => string.CompareOrdinal(request.Id, first) >= 0)
                .OrderByDescending(request => request.Id, StringComparer.Ordinal),
        ];
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => WriteAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _writing.Dispose();
    }

    private static bool IsRefused(LoggedRequest request) => request.Status >= 400;

    private ITimer BeginMinute()
    {
        // Not a part of the request that happens to be the first.
        using var _ = ExecutionContext.SuppressFlow();
        return time.CreateTimer(_ => Task.Run(WriteAsync), null, Pause, Timeout.InfiniteTimeSpan);
    }

    private List<LoggedRequest> NotWritten(PartnerId partner)
    {
        lock (_lock)
            return [.. _kept.GetValueOrDefault(partner) ?? [], .. _leaving.GetValueOrDefault(partner) ?? []];
    }

    private async Task<List<LoggedRequest>> ReadAsync(
        PartnerId partner,
        DateOnly day,
        DateTimeOffset since,
        CancellationToken ct
    )
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partner.Value} and RowKey le {LoggedMinute.LastKeySince(since)}"
        );
        var requests = new List<LoggedRequest>();
        try
        {
            await foreach (
                var row in tables.Of(DatedTable.Requests, day).QueryAsync<TableEntity>(filter, cancellationToken: ct)
            )
                requests.AddRange(LoggedMinute.FromRow(row));
        }
        catch (RequestFailedException ex) when (ex.Status == 404)
        {
            // Nothing was logged on this day: it has no table.
        }
        return requests;
    }

    private async Task WriteAsync()
    {
        await _writing.WaitAsync();
        try
        {
            lock (_lock)
            {
                (_leaving, _kept) = (_kept, []);
                _timer?.Dispose();
                _timer = null;
            }
            foreach (var (partner, requests) in _leaving)
                await WriteAsync(partner, requests);
        }
        catch (Exception ex)
        {
            // A log is not worth more: these requests are missing in it.
            Lost(logger, ex);
        }
        finally
        {
            lock (_lock)
                _leaving = [];
            _writing.Release();
        }
    }

    private async Task WriteAsync(PartnerId partner, List<LoggedRequest> requests)
    {
        var now = time.GetUtcNow();
        var table = tables.Of(DatedTable.Requests, DateOnly.FromDateTime(now.UtcDateTime));
        var row = LoggedMinute.ToRow(partner, Ulid.New(now), requests);
        try
        {
            await table.AddEntityAsync(row);
        }
        catch (RequestFailedException ex) when (ex.Status == 404)
        {
            // The first one of the day creates the table.
            await table.CreateIfNotExistsAsync();
            await table.AddEntityAsync(row);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The log of requests could not be written")]
    private static partial void Lost(ILogger logger, Exception exception);
}
