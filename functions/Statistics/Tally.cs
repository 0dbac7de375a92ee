using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Statistics;

/// <summary>
/// Counts what happens, each thing once, however often and by however many instances it is handed in: the count and a
/// row that marks what was counted are one transaction. What arrives together is committed together.
/// </summary>
/// <remarks>
/// A day of a partner has a few rows (<see cref="Shards"/>), so that instances seldom write the same one; an instance
/// keeps the version of its own and reads it only after a conflict. Counts and marks are in a table a quarter, which is
/// dropped as a whole when nobody can ask for its days any more: for as long as a day is shown, nothing counts twice in
/// it.
/// </remarks>
internal sealed class Tally(AppTables tables, TimeProvider time) : IDisposable
{
    /// <summary>Rows that a day of a partner may have.</summary>
    public const int Shards = 8;

    /// <summary>The days that can be asked for, with today.</summary>
    public const int DaysShown = 90;

    /// <summary>A transaction has at most 100 rows, and one of them is the count.</summary>
    private const int MostAtOnce = 99;

    /// <summary>More than a process writes to at once: the days about midnight, and a straggler's.</summary>
    private const int KnownDays = 8;

    /// <summary>
    /// How long the first one waits for others: what follows from one request comes within this time. Real time on
    /// purpose: it waits for other messages, not for the clock.
    /// </summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<PartnerId, Counter> _counters = new();

    /// <summary>Returns when it is counted, now or before.</summary>
    public Task CountAsync(Occurrence happened, CancellationToken ct) =>
        // Nobody can ask for its day any more, and its marks may be gone.
        happened.Day < FirstDayShown(time.GetUtcNow()).AddDays(-1)
            ? Task.CompletedTask
            : _counters.GetOrAdd(happened.Partner, partner => new Counter(tables, partner)).CountAsync(happened, ct);

    /// <summary>The first of the days that can be asked for.</summary>
    public static DateOnly FirstDayShown(DateTimeOffset now) =>
        DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - DaysShown);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var counter in _counters.Values)
            counter.Dispose();
    }

    /// <summary>What this instance counts of a partner.</summary>
    private sealed class Counter(AppTables tables, PartnerId partner) : IDisposable
    {
        private readonly Lock _lock = new();
        private readonly SemaphoreSlim _turn = new(1);

        /// <summary>Handed in and not committed yet, in the order of arrival.</summary>
        private readonly List<Entry> _waiting = [];

        /// <summary>The counts as last written, by day. Only whoever has the turn uses it.</summary>
        private readonly Dictionary<DateOnly, DayCount> _days = [];

        private int _shard = Random.Shared.Next(Shards);

        public async Task CountAsync(Occurrence happened, CancellationToken ct)
        {
            var mine = new Entry(happened);
            lock (_lock)
                _waiting.Add(mine);
            try
            {
                await _turn.WaitAsync(ct);
                try
                {
                    if (!mine.IsCounted)
                        await Task.Delay(Together, ct);
                    while (!mine.IsCounted)
                        await CommitAsync(Next());
                }
                finally
                {
                    _turn.Release();
                }
            }
            finally
            {
                // After a failure or a cancellation it is handed in again.
                lock (_lock)
                    _waiting.Remove(mine);
            }
        }

        public void Dispose() => _turn.Dispose();

        /// <summary>The oldest ones of the same day.</summary>
        private List<Entry> Next()
        {
            lock (_lock)
            {
                var day = _waiting[0].Happened.Day;
                return [.. _waiting.Where(entry => entry.Happened.Day == day).Take(MostAtOnce)];
            }
        }

        private async Task CommitAsync(List<Entry> batch)
        {
            var day = batch[0].Happened.Day;
            // The same thing may be handed in twice at once.
            var left = batch.Select(entry => entry.Happened).DistinctBy(happened => happened.Id).ToList();
            await Contention.RepeatAsync(() => TryCommitAsync(day, left), CancellationToken.None);
            lock (_lock)
            {
                foreach (var entry in batch)
                {
                    entry.IsCounted = true;
                    _waiting.Remove(entry);
                }
            }
        }

        /// <summary>Commits what is left of a batch; false after a conflict.</summary>
        private async Task<bool> TryCommitAsync(DateOnly day, List<Occurrence> left)
        {
            var table = tables.Of(DatedTable.Statistics, day);
            while (left.Count > 0)
            {
                try
                {
                    var before = _days.GetValueOrDefault(day) ?? await ReadAsync(table, day);
                    var after = before.With(left);
                    var rows = await table.SubmitTransactionAsync([
                        Write(after),
                        .. left.Select(happened => new TableTransactionAction(
                            TableTransactionActionType.Add,
                            Mark(happened)
                        )),
                    ]);
                    Keep(after with { Version = rows.Value[0].Headers.ETag ?? default });
                    return true;
                }
                catch (TableTransactionFailedException ex)
                    when (ex is { Status: 409, FailedTransactionActionIndex: > 0 and var failed })
                {
                    // Counted before.
                    left.RemoveAt(failed - 1);
                }
                catch (RequestFailedException ex) when (ex.ErrorCode == TableErrorCode.TableNotFound)
                {
                    // The first one of the quarter creates the table.
                    await table.CreateIfNotExistsAsync();
                }
                catch (RequestFailedException ex) when (ex.IsConflict())
                {
                    // Another instance writes this row: change over to another one.
                    _days.Remove(day);
                    _shard = Random.Shared.Next(Shards);
                    return false;
                }
            }
            return true;
        }

        private TableTransactionAction Write(DayCount count) =>
            count.Version == default
                ? new TableTransactionAction(TableTransactionActionType.Add, count.ToRow(partner.Value))
                : new TableTransactionAction(
                    TableTransactionActionType.UpdateReplace,
                    count.ToRow(partner.Value),
                    count.Version
                );

        private TableEntity Mark(Occurrence happened) =>
            new(partner.Value, $"counted|{happened.Day:yyyyMMdd}|{happened.Id}");

        private async Task<DayCount> ReadAsync(TableClient table, DateOnly day)
        {
            var row = await table.GetEntityIfExistsAsync<TableEntity>(partner.Value, DayCount.RowKeyOf(day, _shard));
            return row.HasValue ? DayCount.FromRow(row.Value!) : DayCount.Empty(day, _shard);
        }

        private void Keep(DayCount count)
        {
            _days[count.Day] = count;
            if (_days.Count > KnownDays)
                _days.Remove(_days.Keys.Min());
        }
    }

    private sealed class Entry(Occurrence happened)
    {
        public Occurrence Happened => happened;

        /// <summary>Set and read by whoever has the turn.</summary>
        public bool IsCounted { get; set; }
    }
}
