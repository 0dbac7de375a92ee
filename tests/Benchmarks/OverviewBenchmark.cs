using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>
/// The overview of a partner with 100,000 links over 90 days: the links are index rows of a loader, what happened to them
/// is counted by the app's own follower. What it then costs, and whether it agrees with a count of the rows.
/// </summary>
internal sealed class OverviewBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Links = 100_000;
    private const int Days = 90;
    private const int AtOnce = 2_000;
    private const int Reads = 50;

    private static readonly (string Event, int OfHundred)[] Steps =
    [
        (PartnerEvents.LinkCreated, 100),
        (PartnerEvents.LinkOpened, 72),
        (PartnerEvents.LinkInProgress, 55),
        (PartnerEvents.LinkCompleted, 43),
        (PartnerEvents.LinkExpired, 49),
        (PartnerEvents.LinkRevoked, 8),
    ];

    public async Task RunAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var app = await BenchApp.StartAsync(azurite, receiver.Url, "Overview", followUp: false);
        var partner = PartnerId.FromStorage(app.PartnerOf(0));
        var now = app.Time.GetUtcNow();
        var created = Enumerable
            .Range(0, Links)
            .Select(number => Ulid.New(now - TimeSpan.FromDays((Days - 0.01) * number / Links)))
            .ToList();
        Report.Say($"{Links:N0} index rows");
        await LoadIndexAsync(app.Tables, partner, created);

        Report.Say("what happened to them, through the follower");
        var follower = new StatisticsFollower(app.Service<Tally>());
        var (started, events) = (Stopwatch.GetTimestamp(), 0);
        foreach (var some in created.Chunk(AtOnce))
        {
            var happened = some.SelectMany((id, number) => EventsOf(partner, id, number)).ToList();
            events += happened.Count;
            await Task.WhenAll(happened.Select(one => follower.FollowAsync(durable: null!, one, default)));
        }
        var counting = Stopwatch.GetElapsedTime(started);

        var counted = await CountAsync(app.Tables, partner);
        var before = (await app.CostsAsync()).GetValueOrDefault(nameof(GetStatistics));
        JsonElement shown = default;
        var read = await Load.RunAsync(
            0,
            Reads,
            concurrency: 1,
            async _ =>
                shown = await app.SendAsync(
                    HttpMethod.Get,
                    $"/partner/statistics?days={Days}",
                    app.KeyOf(0),
                    HttpStatusCode.OK
                )
        );
        var cost = (await app.CostsAsync()).GetValueOrDefault(nameof(GetStatistics)) - before;
        var said = shown.GetProperty("links").GetProperty("created").GetInt32();
        if (said != counted)
            throw new InvalidOperationException($"{counted} links are stored, and the overview says {said}.");
        foreach (var (name, member) in Members)
            if (shown.GetProperty("links").GetProperty(member).GetInt32() != Expected(name))
                throw new InvalidOperationException($"{member}: {Expected(name)} were counted.");
        report.Add(
            $"overview of {Links:N0} links, {Days} days",
            read,
            "req/s",
            (double)cost / Reads,
            null,
            $"agrees with a count of the rows; {events:N0} events counted at {events / counting.TotalSeconds:N0}/s"
        );
    }

    private static IEnumerable<(string Event, string Member)> Members =>
        [
            (PartnerEvents.LinkOpened, "opened"),
            (PartnerEvents.LinkInProgress, "inProgress"),
            (PartnerEvents.LinkCompleted, "completed"),
            (PartnerEvents.LinkExpired, "expired"),
            (PartnerEvents.LinkRevoked, "revoked"),
        ];

    private static int Expected(string name) => Links / 100 * Steps.Single(step => step.Event == name).OfHundred;

    private static IEnumerable<EventRow> EventsOf(PartnerId partner, Ulid id, int number)
    {
        var owner = new PersonKey(partner, ReferenceId.FromStorage($"person-{number}"));
        foreach (var (name, part) in Steps)
        {
            if (number % 100 >= part)
                continue;
            var happened = EventRow.Of(name, owner, id.Time, new NoData());
            yield return name == PartnerEvents.LinkCompleted
                ? happened with
                {
                    CountedAs = CompletionTimes.ClassOf(TimeSpan.FromSeconds(number % 900)).ToString(),
                }
                : happened;
        }
    }

    private static async Task LoadIndexAsync(AppTables tables, PartnerId partner, List<Ulid> created)
    {
        var index = new TimeIndex(tables.Links);
        foreach (var some in created.Chunk(64))
            await Task.WhenAll(
                some.Select(id =>
                    index.AddAsync(
                        partner,
                        id,
                        new Dictionary<string, object?> { ["Reference"] = $"person-{id}", ["Committed"] = true },
                        default
                    )
                )
            );
    }

    private static async Task<int> CountAsync(AppTables tables, PartnerId partner)
    {
        var count = 0;
        await foreach (
            var _ in tables.Links.QueryAsync<TableEntity>(
                $"PartitionKey ge '{partner}|' and PartitionKey lt '{partner}}}'",
                select: ["RowKey"]
            )
        )
            count++;
        return count;
    }
}
