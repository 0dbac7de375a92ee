using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>
/// The overview of a partner with 100,000 links of 90 days: what it costs, and whether it agrees with a count of the
/// rows. The links' rows in the index are those of one that the app has created, under ids of their own; what happened
/// to them is counted by the app's own follower.
/// </summary>
internal sealed class OverviewBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Links = 100_000;
    private const int Reads = 200;
    private const int ColdReads = 5;
    private const int MostInTransaction = 100;
    private const int Concurrency = 4;

    /// <summary>What happens to so many of a hundred links, and the member of the overview that counts it.</summary>
    private static readonly Step[] Steps =
    [
        new(PartnerEvents.LinkCreated, 100, "created"),
        new(PartnerEvents.LinkOpened, 50, "opened"),
        new(PartnerEvents.LinkInProgress, 35, "inProgress"),
        new(PartnerEvents.LinkCompleted, 30, "completed"),
        new(PartnerEvents.LinkExpired, 30, "expired"),
        new(PartnerEvents.LinkRevoked, 5, "revoked"),
    ];

    public async Task RunAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var app = await BenchApp.StartAsync(azurite, receiver.Url, "Overview", followUp: false);
        var partner = PartnerId.FromStorage(app.PartnerOf(0));
        var now = app.Time.GetUtcNow();
        // From the second day that is shown until now: another one may begin meanwhile.
        var span = now - new DateTimeOffset(Tally.FirstDayShown(now).AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
        var links = Enumerable
            .Range(0, Links)
            .Select(number => new LoadedLink(Ulid.New(now - (span * number / Links)), number))
            .ToList();

        Report.Say($"{Links:N0} rows of links");
        await LoadAsync(app, partner, links);
        Report.Say("what happened to them, through the follower");
        var (events, counting) = await CountAsync(app, partner, links);

        Report.Say("the overview, and a count of the rows");
        var stored = await CountRowsAsync(app.Tables, partner);
        var mostCold = 0L;
        for (var read = 0; read < ColdReads; read++)
        {
            // Nothing is known from the read before: neither the key nor the partner.
            await app.PassMinuteAsync();
            var spent = await SpentAsync(app, () => ReadAsync(app));
            mostCold = Math.Max(mostCold, spent);
        }
        JsonElement shown = default;
        Measurement? reads = null;
        var warm = await SpentAsync(
            app,
            async () => reads = await Load.RunAsync(0, Reads, concurrency: 1, async _ => shown = await ReadAsync(app))
        );
        foreach (var step in Steps)
        {
            var (said, expected) = (shown.GetProperty(step.Member).GetInt32(), Links / 100 * step.OfHundred);
            if (said != expected)
                throw new InvalidOperationException($"{step.Member}: it says {said}, and there were {expected}.");
            if (stored.TryGetValue(step.Member, out var rows) && said != rows)
                throw new InvalidOperationException($"{step.Member}: it says {said}, and {rows} rows are stored.");
        }
        report.Add(
            $"overview of {Links:N0} links, {Tally.DaysShown} days",
            reads!,
            "req/s",
            (double)warm / Reads,
            null,
            $"{mostCold} where neither key nor partner is known; "
                + "created, opened and revoked agree with a count of the rows"
        );
        report.Note(
            $"Overview: {events:N0} events were counted at {events / counting.TotalSeconds:N0}/s, "
                + "each day's marks deleted after it."
        );
    }

    private static async Task<JsonElement> ReadAsync(BenchApp app) =>
        (
            await app.SendAsync(
                HttpMethod.Get,
                $"/partner/statistics?days={Tally.DaysShown}",
                app.KeyOf(0),
                HttpStatusCode.OK
            )
        ).GetProperty("links");

    private static async Task<long> SpentAsync(BenchApp app, Func<Task> reads)
    {
        var before = (await app.CostsAsync()).GetValueOrDefault(nameof(GetStatistics));
        await reads();
        return (await app.CostsAsync()).GetValueOrDefault(nameof(GetStatistics)) - before;
    }

    /// <summary>The rows of the index as the app writes them: those of an hour are one partition.</summary>
    private static async Task LoadAsync(BenchApp app, PartnerId partner, List<LoadedLink> links)
    {
        await app.CreateAsync(0);
        var first = LinkId.FromStorage(app.Links.Single().Id);
        var index = new TimeIndex(app.Tables.Links);
        var pattern = (await index.FindAsync(partner, first.Id, select: null, default))!;
        await index.RemoveAsync(partner, first.Id, default);
        var rows = links.Select(link => RowOf(link, partner, pattern)).GroupBy(row => row.PartitionKey);
        var transactions = rows.SelectMany(hour => hour.Chunk(MostInTransaction)).ToList();
        await Load.RunAsync(
            0,
            transactions.Count,
            Concurrency,
            i => SubmitAsync(app.Tables.Links, TableTransactionActionType.Add, transactions[i])
        );
    }

    private static TableEntity RowOf(LoadedLink link, PartnerId partner, TableEntity pattern)
    {
        var id = link.Id;
        var row = new TableEntity(TimeIndex.PartitionOf(partner, id), id.Inverted);
        foreach (var (name, value) in pattern)
            if (name is not ("odata.etag" or "PartitionKey" or "RowKey" or "Timestamp"))
                row[name] = value;
        row["CreatedAt"] = id.Time;
        row["ExpiresAt"] = id.Time.AddHours(1);
        row["Reference"] = link.Reference;
        row["UserId"] = $"user_{partner}_{id}";
        row["Url"] = pattern.GetString("Url").Replace(TimeIndex.IdOf(pattern).Text, id.Text, StringComparison.Ordinal);
        row["Committed"] = true;
        if (link.CameTo("opened"))
            row["OpenedAt"] = id.Time;
        if (link.CameTo("revoked"))
            row["RevokedAt"] = id.Time;
        return row;
    }

    /// <summary>
    /// Hands in what happened, day by day. Azurite looks through a whole partition for each row that it inserts, so the
    /// marks of a day are counted and deleted after it. The overview reads none of them: their keys stand apart from
    /// the counts'.
    /// </summary>
    private static async Task<(int Events, TimeSpan Time)> CountAsync(
        BenchApp app,
        PartnerId partner,
        List<LoadedLink> links
    )
    {
        var follower = new StatisticsFollower(app.Service<Tally>());
        var (events, time) = (0, TimeSpan.Zero);
        foreach (var day in links.GroupBy(link => DateOnly.FromDateTime(link.Id.Time.UtcDateTime)))
        {
            var happened = day.SelectMany(link => EventsOf(link, partner)).ToList();
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(happened.Select(one => follower.FollowAsync(durable: null!, one, default)));
            time += Stopwatch.GetElapsedTime(started);
            events += happened.Count;
            var marks = await RemoveMarksAsync(app.Tables.Of(DatedTable.Statistics, day.Key), partner);
            if (marks != happened.Count)
                throw new InvalidOperationException($"{day.Key}: {marks} marks for {happened.Count} events.");
        }
        return (events, time);
    }

    private static IEnumerable<EventRow> EventsOf(LoadedLink link, PartnerId partner)
    {
        var owner = new PersonKey(partner, ReferenceId.FromStorage(link.Reference));
        foreach (var step in Steps.Where(step => link.CameTo(step.Member)))
        {
            var happened = EventRow.Of(step.Event, owner, link.Id.Time, new NoData());
            yield return step.Event == PartnerEvents.LinkCompleted
                ? happened with
                {
                    CountedAs = CompletionTimes.ClassOf(TimeSpan.FromSeconds(link.Number % 900)).ToString(),
                }
                : happened;
        }
    }

    private static async Task<int> RemoveMarksAsync(TableClient table, PartnerId partner)
    {
        var marks = new List<TableEntity>();
        await foreach (
            var mark in table.QueryAsync<TableEntity>(
                $"PartitionKey eq '{partner}' and RowKey ge 'counted|' and RowKey lt 'counted}}'",
                select: ["PartitionKey", "RowKey"]
            )
        )
            marks.Add(mark);
        foreach (var some in marks.Chunk(MostInTransaction))
            await SubmitAsync(table, TableTransactionActionType.Delete, some);
        return marks.Count;
    }

    private static async Task SubmitAsync(
        TableClient table,
        TableTransactionActionType action,
        IEnumerable<TableEntity> rows
    ) => await table.SubmitTransactionAsync(rows.Select(row => new TableTransactionAction(action, row, ETag.All)));

    /// <summary>How many links the rows themselves say came to a state, as far as they say it.</summary>
    private static async Task<Dictionary<string, int>> CountRowsAsync(AppTables tables, PartnerId partner)
    {
        var counts = new Dictionary<string, int>
        {
            ["created"] = 0,
            ["opened"] = 0,
            ["revoked"] = 0,
        };
        await foreach (var row in new TimeIndex(tables.Links).Read(partner, from: null, to: null, default))
        {
            counts["created"]++;
            counts["opened"] += row.ContainsKey("OpenedAt") ? 1 : 0;
            counts["revoked"] += row.ContainsKey("RevokedAt") ? 1 : 0;
        }
        return counts;
    }

    private sealed record Step(string Event, int OfHundred, string Member);

    private sealed record LoadedLink(Ulid Id, int Number)
    {
        public string Reference => $"person-{Number}";

        public bool CameTo(string member) => Number % 100 < Steps.Single(step => step.Member == member).OfHundred;
    }
}
