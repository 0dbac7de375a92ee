using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>
/// Every state that a crash can leave behind is a beginning of the journal (perhaps with a torn last record), because nothing leaves the engine before it is in there.
/// So these tests cut the journal of a whole run at every place, start again from each, and look at the end.
/// </summary>
public sealed class CrashTests
{
    private const string Result = "\"round 2: a-2 b-2 c-2 d-2 child-2\"";

    [Fact]
    public async Task After_a_crash_at_any_point_the_orchestration_ends_right_and_no_completed_activity_runs_again()
    {
        using var clock = new LocalClock();
        byte[] journal;
        using (var file = new JournalFile())
        {
            await FinishAsync(file, clock, []);
            journal = file.Read();
        }
        var ends = JournalFile.Boundaries(journal);
        var cuts = ends.Concat(ends.Skip(1).Select(end => end - 3)).ToList();
        Assert.True(ends.Count > 30, $"{ends.Count} records");

        foreach (var cut in cuts)
        {
            var kept = journal[..cut];
            var completed = JournalFile.Records(journal[..ends.Last(end => end <= cut)])
                .OfType<ActivityFinished>()
                .Select(finished => JsonSerializer.Deserialize<string>(((TaskCompleted)finished.Result).Result!)!)
                .ToHashSet();
            using var file = new JournalFile(kept);
            var ran = new ConcurrentBag<string>();

            await FinishAsync(file, clock, ran);

            Assert.Empty(ran.Intersect(completed));
            Assert.Equal(10, ran.Concat(completed).Distinct().Count());
            Assert.Equal(ran.Count, ran.Distinct().Count());
        }
    }

    [Fact]
    public async Task After_a_restart_timers_events_suspension_pending_starts_and_results_are_still_there()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        await using (var app = Waiting(file, clock))
        {
            await app.StartAsync("timer", id: "timer");
            await app.StartAsync("event", id: "buffered");
            await app.Client.RaiseEventAsync("buffered", "second", 2);
            await app.StartAsync("event", id: "suspended");
            await app.Client.SuspendInstanceAsync("suspended");
            await app.Client.RaiseEventAsync("suspended", "first", 1);
            await app.Client.ScheduleNewOrchestrationInstanceAsync("event", null, new StartOrchestrationOptions("pending", app.Now.AddDays(1)));
            await app.StartAsync("event", id: "ended");
            await app.Client.TerminateInstanceAsync("ended", (object)"enough");
            await app.StartAsync("event", id: "purged");
            await app.Client.TerminateInstanceAsync("purged");
            await app.Client.PurgeInstanceAsync("purged");
            await app.Client.ScheduleNewOrchestrationInstanceAsync(
                "fail", "\u00e4", new StartOrchestrationOptions("failed") { Version = "3", Tags = new Dictionary<string, string> { ["partner"] = "acme" } });
            await app.IdleAsync();
        }

        // Twice, so that what the first one compacted is read too.
        await using (var app = Waiting(file, clock))
            await app.IdleAsync();
        await using (var app = Waiting(file, clock))
        {
            Assert.Null(await app.Client.GetInstanceAsync("purged"));
            var failed = await app.GetAsync("failed");
            Assert.Equal("3 \u00e4", failed.FailureDetails!.InnerFailure!.InnerFailure!.ErrorMessage);
            Assert.Equal("acme", failed.Tags["partner"]);
            Assert.Equal("enough", (await app.GetAsync("ended")).ReadOutputAs<string>());
            Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await app.GetAsync("suspended")).RuntimeStatus);
            Assert.Equal(OrchestrationRuntimeStatus.Pending, (await app.GetAsync("pending")).RuntimeStatus);
            Assert.Equal("waiting", (await app.GetAsync("buffered")).ReadCustomStatusAs<string>());
            Assert.Equal(["first"], app.Engine.Read(10).Single(instance => instance.Id == "buffered").Events);
            Assert.Single(app.Engine.Read(10).Single(instance => instance.Id == "timer").Timers);

            await app.Client.RaiseEventAsync("buffered", "first", 1);
            await app.Client.ResumeInstanceAsync("suspended");
            await app.Client.RaiseEventAsync("suspended", "second", 3);
            await app.AdvanceAsync(TimeSpan.FromDays(2));

            Assert.Equal(3, (await app.EndAsync("buffered")).ReadOutputAs<int>());
            Assert.Equal(4, (await app.EndAsync("suspended")).ReadOutputAs<int>());
            Assert.Equal("fired", (await app.EndAsync("timer")).ReadOutputAs<string>());
            Assert.True((await app.GetAsync("pending")).IsRunning);
        }
    }

    [Fact]
    public async Task A_timer_that_fell_due_while_nothing_ran_fires_at_the_start()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        await using (var app = Waiting(file, clock))
        {
            await app.StartAsync("timer", id: "timer");
            await app.IdleAsync();
        }
        await clock.AdvanceAsync(TimeSpan.FromDays(3));

        await using var restarted = Waiting(file, clock);

        Assert.Equal("fired", (await restarted.EndAsync("timer")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_that_a_stop_interrupts_runs_again_after_the_next_start()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        using var stopping = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var interrupted = new DurableApp(file.FileName, clock)
            .Activity<int>("work", async Task<object?> (_) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, stopping.Token);
                return 0;
            })
            .Orchestrator("main", async context => await context.CallActivityAsync<int>("work"));
        var id = await interrupted.StartAsync("main");
        await started.Task;
        var disposal = interrupted.DisposeAsync();
        await stopping.CancelAsync();
        await disposal;

        await using var app = new DurableApp(file.FileName, clock)
            .Activity<int>("work", _ => 5)
            .Orchestrator("main", async context => await context.CallActivityAsync<int>("work"));

        Assert.Equal(5, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Nothing_starts_and_no_call_succeeds_when_the_journal_cannot_be_written()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        var ran = 0;
        var app = new DurableApp(file.FileName, clock)
            .Activity<int>("work", _ => ++ran)
            .Orchestrator("main", async context => await context.CallActivityAsync<int>("work"));
        await app.IdleAsync();
        await app.CloseJournalAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => app.StartAsync("main", id: "one"));
        await app.IdleAsync();

        Assert.Equal(0, ran);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => app.Client.GetInstanceAsync("one"));
    }

    private static DurableApp Waiting(JournalFile file, LocalClock clock) => new DurableApp(file.FileName, clock)
        .Activity<string>("throw", object? (text) => throw new InvalidTimeZoneException("outer", new ArgumentException(text)))
        .Orchestrator("fail", async context => await context.CallActivityAsync<string>("throw", $"{context.Version} {context.GetInput<string>()}"))
        .Orchestrator("timer", async context =>
        {
            await context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            return "fired";
        })
        .Orchestrator("event", async context =>
        {
            context.SetCustomStatus("waiting");
            var first = await context.WaitForExternalEvent<int>("first");
            return first + await context.WaitForExternalEvent<int>("second");
        });

    private static DurableApp Script(JournalFile file, LocalClock clock, ConcurrentBag<string> ran) => new DurableApp(file.FileName, clock)
        .Activity<string>("note", text =>
        {
            ran.Add(text!);
            return text;
        })
        .Orchestrator("child", async context => await context.CallActivityAsync<string>("note", "child-" + context.GetInput<int>()))
        .Orchestrator("listener", async context => await context.WaitForExternalEvent<string>("news"))
        .Orchestrator("main", async context =>
        {
            var round = context.GetInput<int>();
            var first = await context.CallActivityAsync<string>("note", $"a-{round}");
            await context.WaitForExternalEvent<string>("go");
            context.SetCustomStatus($"round {round}");
            var both = await Task.WhenAll(
                context.CallActivityAsync<string>("note", $"b-{round}"), context.CallActivityAsync<string>("note", $"c-{round}"));
            await context.CreateTimer(TimeSpan.FromDays(4), CancellationToken.None);
            var last = await context.CallActivityAsync<string>("note", $"d-{round}");
            var child = await context.CallSubOrchestratorAsync<string>("child", round, new SubOrchestrationOptions(instanceId: $"child-{round}"));
            if (round == 1)
            {
                context.ContinueAsNew(2);
                return null;
            }
            context.SendEvent("listener", "news", $"round {round}: {first} {both[0]} {both[1]} {last} {child}");
            return "ended";
        });

    /// <summary>A client that asks again for what may not have been heard, until all is done.</summary>
    private static async Task FinishAsync(JournalFile file, LocalClock clock, ConcurrentBag<string> ran)
    {
        await using var app = Script(file, clock, ran);
        if (await app.Client.GetInstanceAsync("listener") is null)
            await app.StartAsync("listener", id: "listener");
        if (await app.Client.GetInstanceAsync("main") is null)
            await app.StartAsync("main", 1, "main");
        for (var step = 0; step < 10 && !(await app.GetAsync("listener")).IsCompleted; step++)
        {
            await app.IdleAsync();
            await app.Client.RaiseEventAsync("main", "go");
            await app.AdvanceAsync(TimeSpan.FromDays(5));
        }
        await app.IdleAsync();
        Assert.Equal(Result, (await app.GetAsync("listener")).SerializedOutput);
        Assert.Equal("ended", (await app.GetAsync("main")).ReadOutputAs<string>());
        Assert.Equal("round 2", (await app.GetAsync("main")).ReadCustomStatusAs<string>());
    }
}
