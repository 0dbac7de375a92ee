using System.Diagnostics;
using Azure.Data.Tables;
using Serverless.Functions.Webhooks;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>How long webhooks take from the commit to their receipt under a steady load, and whether a partner whose endpoint hangs makes the others wait.</summary>
internal sealed class IsolationBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Healthy = 20;
    private const int Rounds = 3;

    /// <summary>Links of each healthy partner in a round.</summary>
    private const int LinksOfPartner = 15;

    /// <summary>Links of the other partner that are created at once at a round's beginning: more than it has places.</summary>
    private const int Burst = 40;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1000.0 / 20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public async Task RunAsync()
    {
        var (alone, beside) = (new List<Measurement>(), new List<Measurement>());
        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var hangs in round % 2 == 1 ? new[] { false, true } : [true, false])
            {
                var measured = await MeasureAsync($"Isolation{round}{(hangs ? "Hanging" : "Alone")}", hangs);
                (hangs ? beside : alone).Add(measured);
                Report.Say($"commit to receipt, round {round} of {Rounds}, {(hangs ? "with one that hangs" : "all healthy")}: {measured.Percentile(0.5):0} ms, p99 {measured.Percentile(0.99):0} ms");
            }
        }
        var ratio = Statistics.Median(beside.Zip(alone, (with, without) => with.Percentile(0.99) / without.Percentile(0.99)));
        report.Add($"webhooks of {Healthy} partners, commit to receipt", Measurement.Sum(alone), "links/s", null, null, "steady load; one more partner with a burst at the beginning");
        report.Add("  the same, its endpoint hangs on each request", Measurement.Sum(beside), "links/s", null, null, $"p99 {ratio:0.00} times that of all healthy (median of {Rounds} rounds)");
    }

    /// <summary>A new app with tables of its own each time: a hanging partner's attempts stay with it for long.</summary>
    private async Task<Measurement> MeasureAsync(string tablePrefix, bool hangs)
    {
        await using var endpoints = await Endpoints.StartAsync(Healthy + 1);
        await using var app = await BenchApp.StartAsync(azurite, endpoints.Urls, tablePrefix, followUp: true, [WebhookEvents.LinkCreated]);
        await Load.RunAsync(0, 2 * (Healthy + 1), 8, app.CreateAsync);
        await app.WhenIdleAsync();
        await app.PassMinuteAsync();
        var warmUp = app.Links.Select(link => link.Id).ToHashSet();

        if (hangs)
            endpoints.Hang(endpoints.Urls[Healthy]);
        await Load.RunAsync(1000, Burst, 8, i => app.CreateAsync(((i + 1) * (Healthy + 1)) - 1));
        var count = LinksOfPartner * (Healthy + 1);
        var started = Stopwatch.GetTimestamp();
        var creations = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var early = (Pace * i) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.Zero)
                await Task.Delay(early);
            var number = (10 * (Healthy + 1)) + i;
            creations.Add(Task.Run(() => app.CreateAsync(number)));
        }
        await Task.WhenAll(creations);
        var elapsed = Stopwatch.GetElapsedTime(started);

        var healthy = app.Links.Where(link => link.PartnerId != $"bench-{Healthy}" && !warmUp.Contains(link.Id)).ToList();
        while (!healthy.TrueForAll(link => endpoints.FirstArrivals.ContainsKey(link.Id)))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience + (Pace * count))
                throw new TimeoutException("Not all webhooks of the healthy partners came.");
            await Task.Delay(10);
        }
        var delays = new List<double>();
        foreach (var link in healthy)
            delays.Add((endpoints.FirstArrivals[link.Id] - await CommittedAtAsync(app, link)).TotalMilliseconds);
        endpoints.Release();
        return new Measurement(healthy.Count, elapsed, delays);
    }

    /// <summary>Storage's timestamp of the link's row, which nothing has touched since: that of the transaction with the event.</summary>
    private static async Task<DateTimeOffset> CommittedAtAsync(BenchApp app, BenchLink link)
    {
        var row = await app.Tables.Users.GetEntityAsync<TableEntity>($"{link.PartnerId}|{link.Reference}", $"link|{link.Id}");
        return row.Value.Timestamp!.Value;
    }
}
