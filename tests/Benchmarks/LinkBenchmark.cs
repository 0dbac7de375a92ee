using System.Diagnostics;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>Links through HTTP: create (alone and with what follows from it), get, open, expire.</summary>
internal sealed class LinkBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Concurrency = 16;
    private const int Rounds = 5;

    /// <summary>Below the rate limit of 100 creations a minute and partner.</summary>
    private const int Round = 90 * BenchApp.Partners;

    private int _number;

    public async Task RunAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        await using (var alone = await BenchApp.StartAsync(azurite, receiver.Url, "Alone", followUp: false))
            await CreateAsync(alone, "create, requests alone", followedUp: false);
        await using (var full = await BenchApp.StartAsync(azurite, receiver.Url, "Full", followUp: true))
            await CreateAsync(full, "create, with follow-up and delivery", followedUp: true);

        // Tables of their own: Azurite's updates walk an index of all rows of the table, so a long past would be
        // measured.
        await using var app = await BenchApp.StartAsync(azurite, receiver.Url, "Life", followUp: true);
        for (var round = 0; round < 2; round++)
        {
            await app.PassMinuteAsync();
            await Load.RunAsync(Take(Round), Round, Concurrency, app.CreateAsync);
            await app.WhenIdleAsync();
        }
        report.Note(
            $"get, open and expire: tables with {app.Links.Count} links. Azurite slows down as its tables grow."
        );
        await GetAsync(app);
        await OpenAsync(app, receiver);
        await ExpireAsync(app, receiver);
    }

    /// <summary>
    /// Rounds of creations and of the same transactions alone take turns, so that neither meets an emptier storage.
    /// </summary>
    private async Task CreateAsync(BenchApp app, string name, bool followedUp)
    {
        await Load.RunAsync(Take(40), 40, Concurrency, app.CreateAsync);
        await app.WhenIdleAsync();
        var pattern = app.Links.First();
        var bare = await BareTables.LikeAsync(
            app.Tables,
            new PersonKey(PartnerId.FromStorage(pattern.PartnerId), ReferenceId.FromStorage(pattern.Reference)),
            LinkId.FromStorage(pattern.Id)
        );
        await Load.RunAsync(Take(40), 40, Concurrency, bare.RunAsync);

        var before = await app.CostsAsync();
        var (created, limit, settled) = (new List<Measurement>(), new List<Measurement>(), new List<double>());
        for (var round = 1; round <= Rounds; round++)
        {
            await app.PassMinuteAsync();
            if (round % 2 == 0)
                limit.Add(await Load.RunAsync(Take(Round), Round, Concurrency, bare.RunAsync));
            var started = Stopwatch.GetTimestamp();
            created.Add(await Load.RunAsync(Take(Round), Round, Concurrency, app.CreateAsync));
            await app.WhenIdleAsync();
            settled.Add(Round / Stopwatch.GetElapsedTime(started).TotalSeconds);
            if (round % 2 == 1)
                limit.Add(await Load.RunAsync(Take(Round), Round, Concurrency, bare.RunAsync));
            Report.Say(
                $"{name}, round {round} of {Rounds}: {created[^1].PerSecond:0}/s, bare transactions {limit[^1].PerSecond:0}/s"
            );
        }
        var costs = Difference(before, await app.CostsAsync());
        var ratio = Statistics.Median(created.Zip(limit, (mine, bound) => mine.PerSecond / bound.PerSecond));
        report.Add(
            name,
            Measurement.Sum(created),
            "req/s",
            Own(costs, "CreateLink", Rounds * Round),
            Others(costs, "CreateLink", Rounds * Round),
            $"{ratio:0.00} of the bare transactions (median of {Rounds} rounds){(followedUp ? $"; {Statistics.Median(settled):0} links/s until all is followed up" : "")}"
        );
        report.Add(
            $"  bare: query, insert, transaction of {bare.Rows} rows",
            Measurement.Sum(limit),
            "op/s",
            3,
            null,
            ""
        );
    }

    private async Task GetAsync(BenchApp app)
    {
        Report.Say("get");
        await app.PassMinuteAsync();
        var links = app.Links.ToArray();
        var before = await app.CostsAsync();
        var got = await Load.RunAsync(0, links.Length, Concurrency, i => app.GetAsync(links[i]));
        var costs = Difference(before, await app.CostsAsync());
        report.Add("get", got, "req/s", Own(costs, "GetLink", got.Count), Others(costs, "GetLink", got.Count), "");
    }

    private async Task OpenAsync(BenchApp app, Receiver receiver)
    {
        Report.Say("open");
        var links = app.Links.ToArray();
        var before = await app.CostsAsync();
        receiver.Forget();
        var started = Stopwatch.GetTimestamp();
        var opened = await Load.RunAsync(0, links.Length, Concurrency, i => app.OpenAsync(links[i]));
        await app.WhenIdleAsync();
        var settled = links.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var costs = Difference(before, await app.CostsAsync());
        report.Add(
            "open",
            opened,
            "req/s",
            Own(costs, "OpenLink", opened.Count),
            Others(costs, "OpenLink", opened.Count),
            $"{settled:0} links/s until all {receiver.Arrivals(PartnerEvents.LinkOpened).Count} webhooks were delivered"
        );
    }

    private async Task ExpireAsync(BenchApp app, Receiver receiver)
    {
        Report.Say("expire");
        var count = app.Links.Count;
        var before = await app.CostsAsync();
        receiver.Forget();
        var started = Stopwatch.GetTimestamp();
        await app.WakeUpLater(TimeSpan.FromHours(2));
        while (receiver.Arrivals(PartnerEvents.LinkExpired).Count < count)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(3))
                throw new TimeoutException(
                    $"Only {receiver.Arrivals(PartnerEvents.LinkExpired).Count} of {count} links expired in three minutes."
                );
            await Task.Delay(5);
        }
        await app.WhenIdleAsync();
        var costs = Difference(before, await app.CostsAsync());
        var arrivals = receiver
            .Arrivals(PartnerEvents.LinkExpired)
            .Select(at => Stopwatch.GetElapsedTime(started, at).TotalMilliseconds)
            .ToList();
        var expired = new Measurement(count, TimeSpan.FromMilliseconds(arrivals.Max()), arrivals);
        report.Add(
            "expire, all at once",
            expired,
            "links/s",
            Own(costs, "ExpireLink", count),
            Others(costs, "ExpireLink", count),
            "p50 and p99: from the moment they fell due to the webhook's arrival"
        );
    }

    private int Take(int count)
    {
        _number += count;
        return _number - count;
    }

    internal static Dictionary<string, long> Difference(
        Dictionary<string, long> before,
        Dictionary<string, long> after
    ) => after.ToDictionary(cost => cost.Key, cost => cost.Value - before.GetValueOrDefault(cost.Key));

    private static double Own(Dictionary<string, long> costs, string function, int count) =>
        (double)costs.GetValueOrDefault(function) / count;

    private static string Others(Dictionary<string, long> costs, string function, int count) =>
        string.Join(
            ", ",
            costs
                .Where(cost => cost.Key != function && cost.Value >= count / 10)
                .Select(cost => $"{cost.Key} {(double)cost.Value / count:0.0}")
        );
}
