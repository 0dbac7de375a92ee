using System.Diagnostics;
using System.Globalization;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>
/// How long webhooks take from the commit to their receipt under a steady load, and how many partners with endpoints
/// that hang make the others wait for longer.
/// </summary>
internal sealed class IsolationBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Healthy = 20;

    /// <summary>Of them so many have had webhooks before; of the others nothing is known.</summary>
    private const int Known = 10;

    private const int Rounds = 3;

    /// <summary>Links of each healthy partner in a round.</summary>
    private const int LinksOfPartner = 15;

    /// <summary>
    /// Links of each partner that hangs, created at once at a round's beginning: more than it has places.
    /// </summary>
    private const int Burst = 15;

    private static readonly int[] Hanging = [0, 1, 8, 40, 200];
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1000.0 / 20);
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    public async Task RunAsync()
    {
        var measured = Hanging.ToDictionary(hanging => hanging, _ => new List<Measurement>());
        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var hanging in round % 2 == 1 ? Hanging : [.. Hanging.Reverse()])
            {
                var one = await MeasureAsync($"Isolation{round}With{hanging}", hanging);
                measured[hanging].Add(one);
                Report.Say(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"commit to receipt, round {round} of {Rounds}, {hanging} hang: {one.Percentile(0.5):0} ms, p99 {one.Percentile(0.99):0} ms"
                    )
                );
            }
        }
        foreach (var (hanging, rounds) in measured)
        {
            var name =
                hanging == 0
                    ? $"webhooks of {Healthy} partners, commit to receipt, no other hangs"
                    : $"  the same, {hanging} others hang";
            var worst = rounds.Max(round => round.Milliseconds.Max()).ToString("N0", CultureInfo.InvariantCulture);
            report.Add(
                name,
                Measurement.Sum(rounds),
                "links/s",
                null,
                null,
                $"the slowest of {rounds.Sum(round => round.Count):N0}: {worst} ms"
            );
        }
    }

    /// <summary>
    /// A new app with tables of its own each time: a hanging partner's attempts stay with it for long.
    /// </summary>
    private async Task<Measurement> MeasureAsync(string tablePrefix, int hanging)
    {
        var partners = Healthy + hanging;
        await using var endpoints = await Endpoints.StartAsync(partners);
        await using var app = await BenchApp.StartAsync(
            azurite,
            endpoints.Urls,
            tablePrefix,
            followUp: true,
            [PartnerEvents.LinkCreated]
        );
        foreach (var url in endpoints.Urls.Skip(Healthy))
            endpoints.Hang(url);
        // A person's number says which partner's it is.
        await Load.RunAsync(0, 2 * Known, 8, i => app.CreateAsync((i / Known * partners) + (i % Known)));
        await app.WhenIdleAsync();
        await app.PassMinuteAsync();
        var warmUp = app.Links.Select(link => link.Id).ToHashSet();

        await Load.RunAsync(
            0,
            Burst * hanging,
            8,
            i => app.CreateAsync(((2 + (i / hanging)) * partners) + Healthy + (i % hanging))
        );
        var count = LinksOfPartner * Healthy;
        var started = Stopwatch.GetTimestamp();
        var creations = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var early = (Pace * i) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.Zero)
                await Task.Delay(early);
            var number = ((2 + (i / Healthy)) * partners) + (i % Healthy);
            creations.Add(Task.Run(() => app.CreateAsync(number)));
        }
        await Task.WhenAll(creations);
        var elapsed = Stopwatch.GetElapsedTime(started);

        var healthy = app.Links.Where(link => IsHealthy(link) && !warmUp.Contains(link.Id)).ToList();
        while (!healthy.TrueForAll(link => endpoints.FirstArrivals.ContainsKey(link.Id)))
        {
            if (Stopwatch.GetElapsedTime(started) > Timeout + (Pace * count))
                throw new TimeoutException("Not all webhooks of the healthy partners came.");
            await Task.Delay(10);
        }
        var delays = new List<double>();
        foreach (var link in healthy)
            delays.Add((endpoints.FirstArrivals[link.Id] - await CommittedAtAsync(app, link)).TotalMilliseconds);
        endpoints.Release();
        return new Measurement(healthy.Count, elapsed, delays);
    }

    private static bool IsHealthy(BenchLink link) =>
        int.Parse(link.PartnerId["bench-".Length..], CultureInfo.InvariantCulture) < Healthy;

    /// <summary>
    /// Storage's timestamp of the link's row, which nothing has touched since: that of the transaction with the event.
    /// </summary>
    private static async Task<DateTimeOffset> CommittedAtAsync(BenchApp app, BenchLink link)
    {
        var row = await app.Tables.Users.GetEntityAsync<TableEntity>(
            $"{link.PartnerId}|{link.Reference}",
            $"link|{link.Id}"
        );
        return row.Value.Timestamp!.Value;
    }
}
