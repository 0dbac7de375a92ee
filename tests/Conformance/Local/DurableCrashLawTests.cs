using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Durable;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>The law: whatever happens in whatever order, crashes do not change how it ends.</summary>
public sealed class CrashLawTests
{
    private const int Rounds = 4;

    [Fact]
    public void Any_order_of_events_time_and_crashes_ends_as_it_would_without_the_crashes()
    {
        var number = Gen.Choose(1, 99).Select(number => new Step(Raise: number, Hours: 0));
        var time = Gen.Choose(1, 15).Select(hours => new Step(Raise: 0, Hours: hours));
        var step = Gen.OneOf(number, time)
            .SelectMany(_ => Gen.Frequency((2, Gen.Constant(-1)), (3, Gen.Choose(0, 100))), (what, crash) => what with { CrashAt = crash });
        var steps = Gen.ListOf(step).Resize(12).ToArbitrary();

        Prop.ForAll(steps, run =>
        {
            var script = run.ToList();
            var calm = RunAsync([.. script.Select(one => one with { CrashAt = -1 })]).GetAwaiter().GetResult();
            var rough = RunAsync(script).GetAwaiter().GetResult();
            return (calm == rough).Label($"without crashes {calm}, with crashes {rough}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    private static async Task<string> RunAsync(List<Step> steps)
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        var app = Sum(file, clock);
        await app.StartAsync("sum", app.Now.UtcDateTime, "sum");
        await app.IdleAsync();
        foreach (var step in steps)
            app = await StepAsync(app, file, clock, step);
        await app.AdvanceAsync(TimeSpan.FromDays(10));
        await app.IdleAsync();
        var ended = await app.GetAsync("sum");
        await app.DisposeAsync();
        return $"{ended.RuntimeStatus} {ended.SerializedOutput}";
    }

    private static async Task<DurableApp> StepAsync(DurableApp app, JournalFile file, LocalClock clock, Step step)
    {
        if (step.CrashAt >= 0)
        {
            // Compacted here, so that all that follows in the file is what this step did.
            await app.DisposeAsync();
            app = Sum(file, clock);
            await app.IdleAsync();
            var before = new FileInfo(file.FileName).Length;
            await DoAsync(app, step);
            await app.DisposeAsync();
            var content = file.Read();
            var ends = JournalFile.Boundaries(content).Where(end => end >= before).ToList();
            var cut = ends[step.CrashAt * (ends.Count - 1) / 100];
            file.Cut(cut);
            var heard = JournalFile.Records(content[(int)before..cut]).OfType<EventArrived>().Any();
            app = Sum(file, clock);
            await app.IdleAsync();
            if (step.Raise == 0 || heard)
                return app;
        }
        await DoAsync(app, step);
        return app;
    }

    private static async Task DoAsync(DurableApp app, Step step)
    {
        if (step.Raise > 0)
            await app.Client.RaiseEventAsync("sum", "number", step.Raise);
        else
            await app.AdvanceAsync(TimeSpan.FromHours(step.Hours));
        await app.IdleAsync();
    }

    /// <summary>In each round the next number or the round's deadline, whichever is first.</summary>
    private static DurableApp Sum(JournalFile file, LocalClock clock) => new DurableApp(file.FileName, clock)
        .Activity<int[]>("add", numbers => numbers!.Sum())
        .Orchestrator("sum", async context =>
        {
            var start = context.GetInput<DateTime>();
            var sums = new List<int> { 0 };
            for (var round = 1; round <= Rounds; round++)
            {
                using var cancellation = new CancellationTokenSource();
                var number = context.WaitForExternalEvent<int>("number", cancellation.Token);
                var deadline = context.CreateTimer(start.AddHours(round * 10), cancellation.Token);
                var isNumber = await Task.WhenAny(number, deadline) == number;
                cancellation.Cancel();
                sums.Add(await context.CallActivityAsync<int>("add", new[] { sums[^1], isNumber ? await number : 1000 }));
            }
            return sums;
        });

    private sealed record Step(int Raise, int Hours, int CrashAt = -1);
}
