using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.RateLimits;

/// <summary>
/// Fixed windows of 60 seconds that begin with a partner's first call. Each instance counts by itself and adds its count to a shared row once every
/// <see cref="RateLimit.Stride"/> calls: exact on one instance, within the stated bound on many, and far less than one storage transaction a call.
/// </summary>
internal sealed class RateLimiter(AppTables tables, TimeProvider time)
{
    private readonly ConcurrentDictionary<(PartnerId Partner, RateLimit Limit), Counter> _counters = new();

    /// <summary>The clock that windows run on.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Counts one call and says whether it is admitted.</summary>
    public async ValueTask<RateDecision> CountAsync(PartnerId partner, RateLimit limit, CancellationToken ct)
    {
        var counter = _counters.GetOrAdd((partner, limit), static _ => new Counter());
        RateDecision decision;
        bool share;
        lock (counter)
        {
            var now = time.GetUtcNow();
            if (now >= counter.EndsAt || now < counter.EndsAt - RateLimit.Window)
                counter.Begin(now + RateLimit.Window);
            var admitted = counter.Known + counter.Unshared < limit.Limit;
            if (admitted)
                counter.Unshared++;
            decision = new RateDecision(admitted, limit.Limit, Math.Max(0, limit.Limit - counter.Known - counter.Unshared), counter.EndsAt);
            share = admitted && counter.Unshared >= limit.Stride && !counter.Sharing;
            counter.Sharing |= share;
        }
        if (share)
            await ShareAsync(partner, limit, counter, ct);
        return decision;
    }

    /// <summary>Adds this instance's count to the shared row and learns of the others'. An outage of storage lets calls pass: the limit protects, it is not a lock.</summary>
    private async Task ShareAsync(PartnerId partner, RateLimit limit, Counter counter, CancellationToken ct)
    {
        try
        {
            for (var attempt = 1; attempt <= TableConflicts.MaxTries; attempt++)
            {
                var (mine, endsAt, known, version) = counter.Read();
                TableEntity? row = null;
                if (version == default)
                {
                    var stored = await tables.RateLimits.GetEntityIfExistsAsync<TableEntity>(partner.Value, limit.Name, cancellationToken: ct);
                    row = stored.HasValue ? stored.Value : null;
                    version = row?.ETag ?? default;
                    // A stored window that still runs goes on; another one is over.
                    if (row?.GetDateTimeOffset("EndsAt") is { } storedEnd && storedEnd > time.GetUtcNow())
                        (known, endsAt) = (row.GetInt32("Count") ?? 0, storedEnd);
                    else
                        known = 0;
                }
                var total = new TableEntity(partner.Value, limit.Name) { ["Count"] = known + mine, ["EndsAt"] = endsAt };
                try
                {
                    var written = version == default
                        ? await tables.RateLimits.AddEntityAsync(total, ct)
                        : await tables.RateLimits.UpdateEntityAsync(total, version, TableUpdateMode.Replace, ct);
                    counter.Shared(mine, known + mine, endsAt, written.Headers.ETag ?? default);
                    return;
                }
                catch (RequestFailedException ex) when (ex.IsConflict())
                {
                    counter.Forget();
                }
            }
        }
        catch (RequestFailedException)
        {
            counter.Forget();
        }
        finally
        {
            lock (counter)
                counter.Sharing = false;
        }
    }

    /// <summary>One partner's calls of one kind in the current window, as this instance knows them.</summary>
    private sealed class Counter
    {
        /// <summary>The shared count at the last look.</summary>
        public int Known { get; private set; }

        /// <summary>Calls admitted here since then.</summary>
        public int Unshared { get; set; }

        public DateTimeOffset EndsAt { get; private set; }

        /// <summary>One call at a time adds to the shared row.</summary>
        public bool Sharing { get; set; }

        private ETag Version { get; set; }

        public void Begin(DateTimeOffset endsAt) => (Known, Unshared, EndsAt, Version) = (0, 0, endsAt, default);

        public (int Unshared, DateTimeOffset EndsAt, int Known, ETag Version) Read()
        {
            lock (this)
                return (Unshared, EndsAt, Known, Version);
        }

        public void Shared(int mine, int total, DateTimeOffset endsAt, ETag version)
        {
            lock (this)
            {
                // A new window may have begun meanwhile; what was shared then belongs to the old one.
                if (Unshared < mine)
                    return;
                (Known, Unshared, EndsAt, Version) = (total, Unshared - mine, endsAt, version);
            }
        }

        public void Forget()
        {
            lock (this)
                Version = default;
        }
    }
}
