using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Durable.Embedded;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>The law: whatever happens in whatever order, crashes do not change how it ends.</summary>
public sealed class CrashLawTests
{
    [Fact]
    public void Any_order_of_events_time_and_crashes_ends_as_it_would_without_the_crashes()
    {
        var number = Gen.Choose(1, 99).Select(number => new Step(Raise: number, Hours: 0));
        var time = Gen.Choose(1, 15).Select(hours => new Step(Raise: 0, Hours: hours));
        var step = Gen.OneOf(number, time)
            .SelectMany(
                _ => Gen.Frequency((2, Gen.Constant(-1)), (3, Gen.Choose(0, 100))),
                (what, crash) => what with { CrashAt = crash }
            );
        var steps = Gen.ListOf(step).Resize(12).ToArbitrary();

        Prop.ForAll(
                steps,
                run =>
                {
                    var script = run.ToList();
                    var calm = RunAsync([.. script.Select(one => one with { CrashAt = -1 })]).GetAwaiter().GetResult();
                    var rough = RunAsync(script).GetAwaiter().GetResult();
                    return (calm == rough).Label($"without crashes {calm}, with crashes {rough}");
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    private static async Task<string> RunAsync(List<Step> steps)
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        var hub = await StartAsync(file, clock);
        await hub.StartAsync("Rounds", clock.GetUtcNow().UtcDateTime, "sum");
        await hub.IdleAsync();
        foreach (var step in steps)
            hub = await StepAsync(hub, file, clock, step);
        await hub.AdvanceAsync(TimeSpan.FromDays(10));
        await hub.IdleAsync();
        var ended = TestHub.Text(await hub.GetAsync("sum"));
        await hub.DisposeAsync();
        return ended;
    }

    private static async Task<TestHub> StepAsync(TestHub hub, JournalFile file, LocalClock clock, Step step)
    {
        if (step.CrashAt >= 0)
        {
            // Compacted here, so that all that follows in the file is what this step did.
            await hub.DisposeAsync();
            hub = await StartAsync(file, clock);
            await hub.IdleAsync();
            var before = new FileInfo(file.FileName).Length;
            await DoAsync(hub, step);
            await hub.DisposeAsync();
            var content = file.Read();
            var ends = JournalFile.Boundaries(content).Where(end => end >= before).ToList();
            var cut = ends[step.CrashAt * (ends.Count - 1) / 100];
            file.Cut(cut);
            var heard = JournalFile.Records(content[(int)before..cut]).OfType<MessageArrived>().Any();
            hub = await StartAsync(file, clock);
            await hub.IdleAsync();
            if (step.Raise == 0 || heard)
                return hub;
        }
        await DoAsync(hub, step);
        return hub;
    }

    private static async Task DoAsync(TestHub hub, Step step)
    {
        if (step.Raise == 0)
            await hub.AdvanceAsync(TimeSpan.FromHours(step.Hours));
        else if ((await hub.GetAsync("sum")).IsRunning)
            await hub.RaiseAsync("sum", "number", step.Raise);
        await hub.IdleAsync();
    }

    private static Task<TestHub> StartAsync(JournalFile file, LocalClock clock) =>
        TestHub.StartAsync(journal: file.FileName, clock: clock);

    private sealed record Step(int Raise, int Hours, int CrashAt = -1);
}
