using System.Collections.Concurrent;
using System.Diagnostics;
using Serverless.Functions.Events;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>
/// Whole transactions through HTTP: a person's first one with data request and verification, and the second one
/// without.
/// </summary>
internal sealed class JourneyBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Concurrency = 8;
    private const int Rounds = 3;

    /// <summary>Below the rate limit of 100 creations a minute and partner.</summary>
    private const int Round = 20 * BenchApp.Partners;

    /// <summary>More than the sandbox's provider and its rail take.</summary>
    private static readonly TimeSpan PastCheck = TimeSpan.FromSeconds(10);

    /// <summary>More than the time in which a transfer can be cancelled.</summary>
    private static readonly TimeSpan PastWindow = TimeSpan.FromSeconds(31);

    /// <summary>After that a finished transfer is looked at a last time.</summary>
    private static readonly TimeSpan PastGrace = TimeSpan.FromSeconds(61);

    private static readonly string[] OfRequests =
    [
        "CreateLink",
        "OpenLink",
        "AnswerDataRequest",
        "ReachStep",
        "EnterData",
        "StartCipInWidget",
        "QuoteTransfer",
        "ConfirmTransfer",
    ];

    public async Task RunAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var app = await BenchApp.StartAsync(
            azurite,
            receiver.Url,
            "Journey",
            followUp: true,
            [.. PartnerEvents.OnByDefault, PartnerEvents.OperationCompleted]
        );
        await MeasureAsync(app, "warm-up", first: 0, rounds: 1, isNew: true);
        var begun = await MeasureAsync(app, "first transaction", Round, Rounds, isNew: true);
        var again = await MeasureAsync(app, "second transaction", Round, Rounds, isNew: false);
        report.Note(
            $"Journeys: {Concurrency} at once; p50 and p99 are of their requests; storage is that of a whole journey. The widget's looks at its state are not among the requests."
        );
        begun.AddTo(report);
        again.AddTo(report);
    }

    private static async Task<Result> MeasureAsync(BenchApp app, string name, int first, int rounds, bool isNew)
    {
        var milliseconds = new ConcurrentQueue<double>();
        var (count, requesting, total) = (rounds * Round, TimeSpan.Zero, TimeSpan.Zero);
        await app.WhenIdleAsync();
        var before = await app.CostsAsync();
        var costs = new Dictionary<string, long>();
        for (var round = 0; round < rounds; round++)
        {
            var journeys = Enumerable
                .Range(first + round * Round, Round)
                .Select(number => new Journey(app, number, milliseconds))
                .ToArray();
            var started = Stopwatch.GetTimestamp();
            requesting += (
                await Load.RunAsync(
                    0,
                    Round,
                    Concurrency,
                    i => isNew ? journeys[i].BeginAsync() : journeys[i].ReturnAsync()
                )
            ).Elapsed;
            await app.WhenIdleAsync();
            if (isNew)
                await PassAsync(app, PastCheck);
            requesting += (await Load.RunAsync(0, Round, Concurrency, i => journeys[i].PayAsync())).Elapsed;
            await app.WhenIdleAsync();
            await PassAsync(app, PastWindow);
            await PassAsync(app, PastCheck);
            total += Stopwatch.GetElapsedTime(started);

            await PassAsync(app, PastGrace);
            foreach (var (function, spent) in LinkBenchmark.Difference(before, await app.CostsAsync()))
                costs[function] = costs.GetValueOrDefault(function) + spent;
            foreach (var journey in journeys)
                await journey.RequireCompletedAsync();
            before = await app.CostsAsync();
            Report.Say(
                $"{name}, round {round + 1} of {rounds}: {Round} journeys, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s"
            );
        }
        return new Result(name, count, milliseconds, requesting, total, costs);
    }

    private static async Task PassAsync(BenchApp app, TimeSpan by)
    {
        await app.WakeUpLater(by);
        await app.WhenIdleAsync();
    }

    private sealed record Result(
        string Name,
        int Count,
        IReadOnlyCollection<double> Milliseconds,
        TimeSpan Requesting,
        TimeSpan Total,
        Dictionary<string, long> Costs
    )
    {
        public void AddTo(Report report)
        {
            var own = Costs.Where(cost => OfRequests.Contains(cost.Key) && cost.Value > 0).ToDictionary();
            var others = Costs
                .Where(cost => !own.ContainsKey(cost.Key) && cost.Value >= Count / 10)
                .OrderByDescending(cost => cost.Value)
                .ToDictionary();
            var activities = others.Where(cost => cost.Key is not ("FollowUpEvent" or "DeliverWebhook")).ToList();
            report.Add(
                $"{Name}, {Milliseconds.Count / Count} requests",
                new Measurement(Count, Requesting, [.. Milliseconds]),
                "journeys/s",
                Each(own.Values.Sum()),
                $"follow-up {Each(others.GetValueOrDefault("FollowUpEvent")):0.0}, delivery {Each(others.GetValueOrDefault("DeliverWebhook")):0.0}, activities {Each(activities.Sum(cost => cost.Value)):0.0}",
                $"{Count / Total.TotalSeconds:0} journeys/s until all is paid out"
            );
            report.Note($"{Name}, storage of requests: {List(own)}; of activities: {List(activities)}.");
        }

        private double Each(long spent) => (double)spent / Count;

        private string List(IEnumerable<KeyValuePair<string, long>> costs) =>
            string.Join(", ", costs.Select(cost => $"{cost.Key} {Each(cost.Value):0.0}"));
    }
}
