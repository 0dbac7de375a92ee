using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Observability;
using Serverless.Functions.Storage;

namespace Serverless.Functions.RateLimits;

/// <summary>
/// Fixed windows of 60 seconds that begin with a caller's first call. Each instance counts by itself and adds its count
/// to a shared row once every <see cref="RateLimit.Stride"/> calls: exact on one instance, within the stated bound on
/// many, and far less than one storage transaction a call.
/// </summary>
internal sealed class RateLimiter(AppTables tables, TimeProvider time)
{
    /// <summary>Begins the subject that is a source address; no partner's id has a bar.</summary>
    public const string AddressPrefix = "ip|";

    private const int ManyCounters = 10_000;

    /// <summary>
    /// Writes that are lost before a count is given up until the next look. By hand and without pauses: calls wait for
    /// this one, and nobody is hurt by a count that is shared later.
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
    /// <param name="subject">Whose call: a partner's id, or <see cref="AddressPrefix"/> and an address.</param>
    /// <param name="limit">Which calls.</param>
    /// <param name="ct">Cancels the call.</param>
    public async ValueTask<RateDecision> CountAsync(string subject, RateLimit limit, CancellationToken ct)
    {
        ForgetEnded();
        var counter = _counters.GetOrAdd((subject, limit), static _ => new Counter());
        while (true)
        {
            RateDecision decision = default;
            Look? mine = null,
                another = null;
            lock (counter)
            {
                var now = time.GetUtcNow();
                if (now >= counter.EndsAt || now < counter.EndsAt - RateLimit.Window)
                    counter.Begin(now + RateLimit.Window);
                var admitted = counter.Known + counter.Unshared < limit.Limit;
                // Admitting more before the look is over would break the bound: a burst waits for it, once every
                // stride.
                if (admitted && counter.Look is { } running)
                {
                    another = running;
                }
                else
                {
                    if (admitted && counter.Admit() >= limit.Stride)
                        counter.Look = mine = new Look(counter.EndsAt);
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
    /// Addresses come from outside: counters whose window is over are dropped, at most once a second and only when
    /// there are many.
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
    /// Adds this instance's count to the shared row and learns of the others'. An outage of storage lets calls pass:
    /// the limit protects, it is not a lock.
    /// </summary>
    private async Task ShareAsync(string subject, RateLimit limit, Counter counter, Look look, CancellationToken ct)
    {
        try
        {
            for (var tries = 1; tries <= MaxTriesToShare; tries++)
            {
                var (mine, endsAt, known, version) = counter.Read(look);
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
                    // A stored window that still runs goes on; another one is over.
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
                    counter.Shared(look, mine, known + mine, endsAt, written.Headers.ETag ?? default);
                    return;
                }
                catch (RequestFailedException ex) when (ex.IsConflict())
                {
                    counter.Forget(look);
                }
            }
        }
        catch (RequestFailedException)
        {
            counter.Forget(look);
        }
        finally
        {
            counter.End(look);
        }
    }

    /// <summary>One caller's calls of one kind in the current window, as this instance knows them.</summary>
    private sealed class Counter
    {
        /// <summary>The shared count at the last look.</summary>
        public int Known { get; private set; }

        /// <summary>Calls admitted here that the shared count does not know of.</summary>
        public int Unshared { get; private set; }

        public DateTimeOffset EndsAt { get; private set; }

        /// <summary>
        /// The look at the shared row that is under way; null when calls may be admitted without one.
        /// </summary>
        public Look? Look { get; set; }

        /// <summary>Calls admitted since the last look, whether it succeeded or not.</summary>
        private int SinceLastLook { get; set; }

        private ETag Version { get; set; }

        public void Begin(DateTimeOffset endsAt) =>
            (Known, Unshared, EndsAt, Look, SinceLastLook, Version) = (0, 0, endsAt, null, 0, default);

        public bool IsOver(DateTimeOffset now)
        {
            lock (this)
                return now >= EndsAt && Look is null;
        }

        /// <summary>Counts a call; gives how many were admitted since the last look.</summary>
        public int Admit()
        {
            Unshared++;
            return ++SinceLastLook;
        }

        public (int Unshared, DateTimeOffset EndsAt, int Known, ETag Version) Read(Look look)
        {
            lock (this)
                return Look == look ? (Unshared, EndsAt, Known, Version) : (0, look.EndsAt, 0, default);
        }

        public void Shared(Look look, int mine, int total, DateTimeOffset endsAt, ETag version)
        {
            lock (this)
            {
                // A new window may have begun meanwhile; what was shared then belongs to the old one.
                if (Look == look)
                    (Known, Unshared, EndsAt, Version) = (total, Unshared - mine, endsAt, version);
            }
        }

        public void Forget(Look look)
        {
            lock (this)
            {
                if (Look == look)
                    Version = default;
            }
        }

        public void End(Look look)
        {
            lock (this)
            {
                if (Look == look)
                    (Look, SinceLastLook) = (null, 0);
            }
            look.End();
        }
    }

    /// <summary>One look at the shared row.</summary>
    private sealed class Look(DateTimeOffset endsAt)
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>When the window ends that the look is for.</summary>
        public DateTimeOffset EndsAt => endsAt;

        public Task Over => _over.Task;

        public void End() => _over.SetResult();
    }
}
