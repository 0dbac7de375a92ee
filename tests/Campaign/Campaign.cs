using System.Globalization;

namespace Serverless.Campaign;

/// <summary>Histories, one after the other, and what they come to.</summary>
internal sealed class Campaign(CampaignOptions options, Action<string> print)
{
    private readonly List<HistoryResult> _results = [];

    /// <summary>The first history that failed; null where all held.</summary>
    public HistoryResult? Failed { get; private set; }

    public async Task<bool> RunAsync(CancellationToken ct)
    {
        var end = DateTime.UtcNow + options.Time;
        for (var seed = options.Seed; Failed is null && (_results.Count == 0 || DateTime.UtcNow < end); seed++)
        {
            var steps = History.Of(options, seed);
            var result = await HistoryRun.RunAsync(options, seed, steps, end, print, ct);
            _results.Add(result);
            if (result.Violations.Count == 0)
                continue;
            Failed = result;
            await ExplainAsync(seed, result, ct);
        }
        Summarise();
        return Failed is null;
    }

    private async Task ExplainAsync(int seed, HistoryResult failed, CancellationToken ct)
    {
        print(
            string.Create(
                CultureInfo.InvariantCulture,
                $"FAILED after {failed.Time.TotalSeconds:0} s: seed {seed}, {failed.Taken.Count} steps"
            )
        );
        foreach (var violation in failed.Violations.Take(12))
            print($"  {violation}");
        var name = failed.Violations[0].Invariant;
        var steps = failed.Taken;
        if (options.Cutting > TimeSpan.Zero)
        {
            print("Looking for the shortest history that breaks the same…");
            var end = DateTime.UtcNow + options.Cutting;
            steps = await Cutting.ShortestAsync(
                steps,
                async part =>
                {
                    var result = await HistoryRun.RunAsync(options, seed, part, DateTime.MaxValue, _ => { }, ct);
                    var again = result.Violations.Any(violation => violation.Invariant == name);
                    print($"  {part.Count} steps: {(again ? "the same" : "holds")}");
                    return again;
                },
                end
            );
        }
        print(
            $"{(options.Cutting > TimeSpan.Zero ? "The shortest history found" : "The history")} ({steps.Count} steps):"
        );
        foreach (var step in steps)
            print($"  {step}");
        var apps = options.Apps ?? 1 + (seed % 2);
        print(
            $"Again: dotnet run -c Release --project tests/Campaign -- --seed {seed} --apps {apps} --steps {options.Steps} --only {CampaignOptions.Write(steps.Select(step => step.Number))}"
        );
    }

    private void Summarise()
    {
        var faults = _results
            .SelectMany(result => result.Faults)
            .GroupBy(fault => fault.Key, fault => fault.Value)
            .OrderBy(fault => fault.Key, StringComparer.Ordinal)
            .Select(fault => $"{fault.Key} {fault.Sum()}");
        var weeks = _results.Sum(result => result.Travelled.TotalDays) / 7;
        print(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_results.Count} histories, {_results.Sum(result => result.Taken.Count)} steps, {weeks:0.0} simulated weeks, {_results.Sum(result => result.Requests)} requests ({_results.Sum(result => result.Broken)} broken), {_results.Sum(result => result.Webhooks)} webhooks, {_results.Sum(result => result.Repetitions)} repetitions compared, {_results.Sum(result => result.Checks)} invariants checked, {_results.Sum(result => result.Time.TotalSeconds):0} s"
            )
        );
        print($"Faults: {string.Join(", ", faults)}");
        print(Failed is null ? "All held." : $"{Failed.Violations.Count} did not hold.");
    }
}
