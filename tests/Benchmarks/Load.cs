using System.Diagnostics;

namespace Serverless.Benchmarks;

/// <summary>What a load measured.</summary>
internal sealed record Measurement(int Count, TimeSpan Elapsed, IReadOnlyList<double> Milliseconds)
{
    public double PerSecond => Count / Elapsed.TotalSeconds;

    public double Percentile(double part) => Statistics.Percentile(Milliseconds, part);

    /// <summary>Several rounds as one.</summary>
    public static Measurement Sum(IReadOnlyCollection<Measurement> rounds) =>
        new(
            rounds.Sum(round => round.Count),
            TimeSpan.FromTicks(rounds.Sum(round => round.Elapsed.Ticks)),
            [.. rounds.SelectMany(round => round.Milliseconds)]
        );
}

/// <summary>Runs an operation many times, a fixed number of them at once.</summary>
internal static class Load
{
    public static async Task<Measurement> RunAsync(int first, int count, int concurrency, Func<int, Task> operation)
    {
        var milliseconds = new double[count];
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, concurrency)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        int i;
                        while ((i = Interlocked.Increment(ref next)) < count)
                        {
                            var begun = Stopwatch.GetTimestamp();
                            await operation(first + i);
                            milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                        }
                    })
                )
        );
        return new Measurement(count, Stopwatch.GetElapsedTime(started), milliseconds);
    }
}

internal static class Statistics
{
    public static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0
            ? double.NaN
            : sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(part * sorted.Length) - 1)];
    }

    public static double Median(IEnumerable<double> values) => Percentile(values, 0.5);
}
