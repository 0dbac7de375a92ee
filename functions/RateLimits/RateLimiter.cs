using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Observability;
using Serverless.Functions.Storage;

namespace Serverless.Functions.RateLimits;

/// <summary>
/// Fixed windows of 60 seconds that begin with a caller's first call. Each instance counts locally and adds its count
/// to a shared row once every <see cref="RateLimit.Stride"/> calls: exact on one instance, within the stated bound on
/// many, and far less than one storage transaction a call.
/// </summary>
internal sealed class RateLimiter(AppTables tables, TimeProvider time)
{
    /// <summary>Begins the subject that is a source address; no partner's id has a bar.</summary>
    public const string AddressPrefix = "ip|";

    private const int ManyCounters = 10_000;

    /// <summary>
    /// Conflicts after which sharing is postponed to the next synchronisation. Own loop without pauses: calls wait for
    /// it, and sharing a count later does no harm.
    /// </summary>
    private const int MaxTriesToShare = 8;

    private long _forgotAt;
    private readonly ConcurrentDictionary<(string Subject, RateLimit Limit), Counter> _counters = new();

    /// <summary>The clock that windows run on.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Callers that this instance keeps a count of.</summary>
    public int Counters => _counters.Count;

    /// <summary>Whole seconds to wait, at least one: the value of <c>Retry-After</c>.</summary>
    public int SecondsUntil(DateTimeOffset at) => Math.Max(1, (int)Math.Ceiling((at - Now).TotalSeconds));

    /// <summary>Counts one call and says whether it is admitted.</summary>
    /// <param name="subject">The caller: a partner's id, or <see cref="AddressPrefix"/> and an address.</param>
    /// <param name="limit">The limit for this kind of call.</param>
    /// <param name="ct">Cancels the call.</param>
    public async ValueTask<RateDecision> CountAsync(string subject, RateLimit limit, CancellationToken ct)
    {
        ForgetEnded();
        var counter = _counters.GetOrAdd((subject, limit), static _ => new Counter());
        while (true)
        {
            RateDecision decision = default;
            Sync? mine = null,
                another = null;
            lock (counter)
            {
                var now = time.GetUtcNow();
                if (now >= counter.EndsAt || now < counter.EndsAt - RateLimit.Window)
                    counter.Begin(now + RateLimit.Window);
                var admitted = counter.Known + counter.Unshared < limit.Limit;
                // Admitting more during a synchronisation would break the bound, so a burst waits for it, once every
                // stride.
                if (admitted && counter.Sync is { } running)
                {
                    another = running;
                }
                else
                {
                    if (admitted && counter.Admit() >= limit.Stride)
                        counter.Sync = mine = new Sync(counter.EndsAt);
                    decision = new RateDecision(
                        admitted,
                        limit.Limit,
                        Math.Max(0, limit.Limit - counter.Known - counter.Unshared),
                        counter.EndsAt
                    );
                }
            }
            if (another is not null)
            {
                await another.Over.WaitAsync(ct);
                continue;
            }
            if (!decision.Admitted)
                Metrics.RefusedCalls.Add(1, new KeyValuePair<string, object?>("limit", limit.Name));
            if (mine is not null)
                await ShareAsync(subject, limit, counter, mine, ct);
            return decision;
        }
    }

    /// <summary>
    /// What a caller has used of limits in their running windows, without counting a call: what is shared, and what
    /// this instance has not shared yet. One storage transaction for all of them.
    /// </summary>
    public async Task<IReadOnlyList<RateUse>> ReadAsync(
        string subject,
        IReadOnlyCollection<RateLimit> limits,
        CancellationToken ct
    )
    {
        var shared = new Dictionary<string, TableEntity>();
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {subject}");
        await foreach (var row in tables.RateLimits.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            shared[row.RowKey] = row;
        var now = time.GetUtcNow();
        return [.. limits.Select(limit => UseOf(subject, limit, shared.GetValueOrDefault(limit.Name), now))];
    }

    private RateUse UseOf(string subject, RateLimit limit, TableEntity? shared, DateTimeOffset now)
    {
        var (known, unshared, endsAt) = _counters.TryGetValue((subject, limit), out var counter)
            ? counter.ReadAt(now)
            : default;
        // The shared window is the one that all instances come to.
        if (shared?.GetDateTimeOffset("EndsAt") is { } sharedEnd && sharedEnd > now)
            return new RateUse(limit, (shared.GetInt32("Count") ?? 0) + unshared, sharedEnd);
        return new RateUse(limit, known + unshared, endsAt);
    }

    /// <summary>
    /// Limits memory, since anybody can cause counters of addresses: drops those whose window is over, at most once a
    /// second and only if there are many.
    /// </summary>
    private void ForgetEnded()
    {
        if (
            _counters.Count < ManyCounters
            || Math.Abs(Now.UtcTicks - Interlocked.Read(ref _forgotAt)) < TimeSpan.TicksPerSecond
        )
            return;
        var now = Now;
        Interlocked.Exchange(ref _forgotAt, now.UtcTicks);
        foreach (var counter in _counters)
        {
            if (counter.Value.IsOver(now))
                _counters.TryRemove(counter);
        }
    }

    /// <summary>
    /// Adds this instance's count to the shared row and reads the others'. If storage is down, calls are admitted: the
    /// limit protects the app, it is no access control.
    /// </summary>
    private async Task ShareAsync(string subject, RateLimit limit, Counter counter, Sync sync, CancellationToken ct)
    {
        try
        {
            for (var tries = 1; tries <= MaxTriesToShare; tries++)
            {
                var (mine, endsAt, known, version) = counter.Read(sync);
                TableEntity? row = null;
                if (version == default)
                {
                    var stored = await tables.RateLimits.GetEntityIfExistsAsync<TableEntity>(
                        subject,
                        limit.Name,
                        cancellationToken: ct
                    );
                    row = stored.HasValue ? stored.Value : null;
                    version = row?.ETag ?? default;
                    // A running stored window continues; an ended one starts anew.
                    if (row?.GetDateTimeOffset("EndsAt") is { } storedEnd && storedEnd > time.GetUtcNow())
                        (known, endsAt) = (row.GetInt32("Count") ?? 0, storedEnd);
                    else
                        known = 0;
                }
                var total = new TableEntity(subject, limit.Name) { ["Count"] = known + mine, ["EndsAt"] = endsAt };
                try
                {
                    var written =
                        version == default
                            ? await tables.RateLimits.AddEntityAsync(total, ct)
                            : await tables.RateLimits.UpdateEntityAsync(total, version, TableUpdateMode.Replace, ct);
                    counter.Shared(sync, mine, known + mine, endsAt, written.Headers.ETag ?? default);
                    return;
                }
                catch (RequestFailedException ex) when (ex.IsConflict())
                {
                    counter.Forget(sync);
                }
            }
        }
        catch (RequestFailedException)
        {
            counter.Forget(sync);
        }
        finally
        {
            counter.End(sync);
        }
    }

    /// <summary>One caller's calls of one kind in the current window, as this instance knows them.</summary>
    private sealed class Counter
    {
        /// <summary>The shared count at the last synchronisation.</summary>
        public int Known { get; private set; }

        /// <summary>Calls admitted here that are not in the shared count yet.</summary>
        public int Unshared { get; private set; }

        public DateTimeOffset EndsAt { get; private set; }

        /// <summary>
        /// The running synchronisation with the shared row; null if calls may be admitted without one.
        /// </summary>
        public Sync? Sync { get; set; }

        /// <summary>Calls admitted since the last synchronisation, whether it succeeded or not.</summary>
        private int SinceLastSync { get; set; }

        private ETag Version { get; set; }

        public void Begin(DateTimeOffset endsAt) =>
            (Known, Unshared, EndsAt, Sync, SinceLastSync, Version) = (0, 0, endsAt, null, 0, default);

        public bool IsOver(DateTimeOffset now)
        {
            lock (this)
                return now >= EndsAt && Sync is null;
        }

        /// <summary>Counts a call and returns the number since the last synchronisation.</summary>
        public int Admit()
        {
            Unshared++;
            return ++SinceLastSync;
        }

        public (int Unshared, DateTimeOffset EndsAt, int Known, ETag Version) Read(Sync sync)
        {
            lock (this)
                return Sync == sync ? (Unshared, EndsAt, Known, Version) : (0, sync.EndsAt, 0, default);
        }

        /// <summary>The running window; nothing where it is over.</summary>
        public (int Known, int Unshared, DateTimeOffset? EndsAt) ReadAt(DateTimeOffset now)
        {
            lock (this)
                return now < EndsAt ? (Known, Unshared, EndsAt) : (0, 0, null);
        }

        public void Shared(Sync sync, int mine, int total, DateTimeOffset endsAt, ETag version)
        {
            lock (this)
            {
                // If a new window has begun meanwhile, the shared count belongs to the old one.
                if (Sync == sync)
                    (Known, Unshared, EndsAt, Version) = (total, Unshared - mine, endsAt, version);
            }
        }

        public void Forget(Sync sync)
        {
            lock (this)
            {
                if (Sync == sync)
                    Version = default;
            }
        }

        public void End(Sync sync)
        {
            lock (this)
            {
                if (Sync == sync)
                    (Sync, SinceLastSync) = (null, 0);
            }
            sync.End();
        }
    }

    /// <summary>One synchronisation with the shared row.</summary>
    private sealed class Sync(DateTimeOffset endsAt)
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>End of the window that is synchronised.</summary>
        public DateTimeOffset EndsAt => endsAt;

        public Task Over => _over.Task;

        public void End() => _over.SetResult();
    }
}
