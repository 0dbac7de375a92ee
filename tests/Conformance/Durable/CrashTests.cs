using System.Text.Json;
using DurableTask.Core.History;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.DurableApp;
using Serverless.Local.Durable.Embedded;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>
/// Every state that a crash can leave behind is a beginning of the journal (perhaps with a torn last record), because
/// nothing leaves the store before it is in there. So these tests cut the journal of a whole run at every place, start
/// again from each, and look at the end.
/// </summary>
public sealed class CrashTests
{
    private const string Result = "\"round 2: a-2 b-2 c-2 d-2 child-2\"";

    [Fact]
    public async Task After_a_crash_at_any_point_the_orchestration_ends_right_and_no_completed_activity_runs_again()
    {
        using var clock = new LocalClock();
        var id = $"script{Guid.NewGuid():N}";
        byte[] journal;
        using (var file = new JournalFile())
        {
            await FinishAsync(file, clock, id);
            journal = file.Read();
        }
        var ends = JournalFile.Boundaries(journal);
        Assert.True(ends.Count > 30, $"{ends.Count} records");

        foreach (var cut in ends.Concat(ends.Skip(1).Select(end => end - 3)))
        {
            var completed = JournalFile
                .Records(journal[..ends.Last(end => end <= cut)])
                .OfType<ActivityEnded>()
                .Select(ended => JsonSerializer.Deserialize<string>(((TaskCompletedEvent)ended.Answer.Event).Result)!)
                .ToHashSet();
            using var file = new JournalFile(journal[..cut]);
            var before = Noted(id).Count;

            await FinishAsync(file, clock, id);

            var ran = Noted(id)[before..];
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
        await using (var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock))
        {
            await hub.StartAsync("Sleep", TimeSpan.FromDays(1), "timer");
            await hub.StartAsync("Two", id: "buffered");
            await hub.RaiseAsync("buffered", "second", 2);
            await hub.StartAsync("Two", id: "suspended");
            await hub.IdleAsync();
            await hub.SuspendAsync("suspended");
            await hub.RaiseAsync("suspended", "first", 1);
            await hub.StartWithAsync(
                "Listener",
                null,
                new StartOrchestrationOptions("pending", clock.GetUtcNow().AddDays(1))
            );
            await hub.StartAsync("Listener", id: "ended");
            await hub.IdleAsync();
            await hub.TerminateAsync("ended", "enough");
            await hub.StartAsync("One", 1, "purged");
            await hub.EndAsync("purged");
            await hub.PurgeAsync("purged");
            var options = new StartOrchestrationOptions("failed")
            {
                Tags = new Dictionary<string, string> { ["partner"] = "acme" },
            };
            await hub.StartWithAsync("Failing", "\u00e4", options);
            await hub.IdleAsync();
        }

        // Twice, so that what the first one compacted is read too.
        await using (var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock))
            Assert.Equal("Terminated \"enough\"", TestHub.Text(await hub.EndAsync("ended")));
        await using (var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock))
        {
            Assert.Null(await hub.FindAsync("purged"));
            var failed = await hub.GetAsync("failed");
            Assert.Contains("gives up", failed.SerializedOutput);
            Assert.Equal("\u00e4", failed.ReadInputAs<string>());
            Assert.Equal("acme", failed.Tags["partner"]);
            Assert.Equal("enough", (await hub.GetAsync("ended")).ReadOutputAs<string>());
            Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await hub.GetAsync("suspended")).RuntimeStatus);
            Assert.Equal(OrchestrationRuntimeStatus.Pending, (await hub.GetAsync("pending")).RuntimeStatus);
            Assert.Single((await hub.ReadAsync("timer")).Timers);

            await hub.RaiseAsync("buffered", "first", 1);
            await hub.ResumeAsync("suspended");
            await hub.RaiseAsync("suspended", "second", 3);
            await hub.AdvanceAsync(TimeSpan.FromDays(2));

            Assert.Equal(3, (await hub.EndAsync("buffered")).ReadOutputAs<int>());
            Assert.Equal(4, (await hub.EndAsync("suspended")).ReadOutputAs<int>());
            Assert.Equal(OrchestrationRuntimeStatus.Completed, (await hub.EndAsync("timer")).RuntimeStatus);
            Assert.True((await hub.GetAsync("pending")).IsRunning);
        }
    }

    [Fact]
    public async Task A_timer_that_fell_due_while_nothing_ran_fires_at_the_start()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        await using (var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock))
        {
            await hub.StartAsync("Sleep", TimeSpan.FromDays(1), "timer");
            await hub.IdleAsync();
        }
        await clock.AdvanceAsync(TimeSpan.FromDays(3), TestContext.Current.CancellationToken);

        await using var restarted = await TestHub.StartAsync(journal: file.FileName, clock: clock);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await restarted.EndAsync("timer")).RuntimeStatus);
    }

    [Fact]
    public async Task An_activity_that_a_stop_interrupts_runs_again_after_the_next_start()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        var id = $"held{Guid.NewGuid():N}";
        await using (var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock))
        {
            await hub.StartAsync("Holding", id: id);
            await UntilAsync(() => Noted(id).Count == 1);
            Assert.Equal(["Hold"], (await hub.ReadAsync(id)).Activities);
            Assert.True(hub.Hub.IsBusy);
        }

        await using var restarted = await TestHub.StartAsync(journal: file.FileName, clock: clock);
        await UntilAsync(() => Noted(id).Count == 2);
        Activities.Held[id].SetResult();

        Assert.Equal(id, (await restarted.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Nothing_starts_and_no_call_succeeds_when_the_journal_cannot_be_written()
    {
        using var clock = new LocalClock();
        using var file = new JournalFile();
        await using var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock);
        var id = $"lost{Guid.NewGuid():N}";
        await hub.CloseJournalAsync();

        Assert.Equal(StatusCode.Unknown, await ClientTests.StatusOfAsync(() => hub.StartAsync("Holding", id: id)));
        Assert.Equal(StatusCode.Unknown, await ClientTests.StatusOfAsync(() => hub.FindAsync(id)));
        Assert.Empty(Noted(id));
    }

    private static List<string> Noted(string id) =>
        [.. Activities.Noted.Where(note => note.StartsWith(id, StringComparison.Ordinal))];

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(5, limit.Token);
    }

    /// <summary>A client that asks again for what may not have been heard, until all is done.</summary>
    private static async Task FinishAsync(JournalFile file, LocalClock clock, string id)
    {
        await using var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock);
        if (await hub.FindAsync(id + "-listener") is null)
            await hub.StartAsync("Listener", id: id + "-listener");
        if (await hub.FindAsync(id) is null)
            await hub.StartAsync("Script", 1, id);
        for (var step = 0; step < 10 && !(await hub.GetAsync(id + "-listener")).IsCompleted; step++)
        {
            await hub.IdleAsync();
            if (!(await hub.GetAsync(id)).IsCompleted)
                await hub.RaiseAsync(id, "go");
            await hub.AdvanceAsync(TimeSpan.FromDays(5));
        }
        Assert.Equal($"Completed {Result}", TestHub.Text(await hub.GetAsync(id + "-listener")));
    }
}
