using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class TimerTests
{
    [Fact]
    public async Task A_timer_fires_when_the_clock_passes_its_due_time_and_not_before()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            var due = context.CurrentUtcDateTime.AddHours(1);
            await context.CreateTimer(due, CancellationToken.None);
            return context.CurrentUtcDateTime >= due;
        });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromMinutes(59));
        Assert.True((await app.GetAsync(id)).IsRunning);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));

        Assert.True((await app.GetAsync(id)).ReadOutputAs<bool>());
    }

    [Fact]
    public async Task A_timer_longer_than_the_maximum_interval_fires_once_at_its_due_time()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            var start = context.CurrentUtcDateTime;
            await context.CreateTimer(TimeSpan.FromDays(30), CancellationToken.None);
            return (context.CurrentUtcDateTime - start).TotalDays;
        });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromDays(29.9));
        Assert.True((await app.GetAsync(id)).IsRunning);
        await app.AdvanceAsync(TimeSpan.FromDays(0.2));

        Assert.Equal(30, (await app.GetAsync(id)).ReadOutputAs<double>(), 2);
    }

    [Fact]
    public async Task A_cancelled_timer_throws_and_does_not_hold_back_the_end()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            using var cancellation = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromDays(10), cancellation.Token);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => timer);
            return "done";
        });

        Assert.Equal("done", (await app.RunAsync("main")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_cancelled_timer_wakes_nobody()
    {
        var turns = 0;
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            turns++;
            using var cancellation = new CancellationTokenSource();
            _ = context.CreateTimer(TimeSpan.FromHours(1), cancellation.Token);
            await context.WaitForExternalEvent<string>("first");
            cancellation.Cancel();
            return await context.WaitForExternalEvent<string>("second");
        });
        var id = await app.StartAsync("main");
        await app.IdleAsync();
        await app.Client.RaiseEventAsync(id, "first");
        await app.IdleAsync();

        await app.AdvanceAsync(TimeSpan.FromHours(2));

        Assert.Equal(2, turns);
    }

    [Fact]
    public async Task A_timer_that_nobody_cancelled_holds_back_the_end_until_it_fires()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", context =>
        {
            _ = context.CreateTimer(TimeSpan.FromHours(2), CancellationToken.None);
            return Task.FromResult<object?>("done");
        });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await app.GetAsync(id)).RuntimeStatus);
        await app.AdvanceAsync(TimeSpan.FromHours(2));

        Assert.Equal("done", (await app.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Timers_of_several_instances_fire_in_the_order_of_their_due_times()
    {
        var fired = new List<int>();
        await using var app = Platform.NewDurableApp()
            .Activity<int>("note", hours =>
            {
                lock (fired)
                    fired.Add(hours);
                return (object?)null;
            })
            .Orchestrator("main", async context =>
            {
                await context.CreateTimer(TimeSpan.FromHours(context.GetInput<int>()), CancellationToken.None);
                await context.CallActivityAsync("note", context.GetInput<int>());
                return null;
            });
        foreach (var hours in (int[])[5, 1, 4, 2, 3])
            await app.StartAsync("main", hours);

        await app.AdvanceAsync(TimeSpan.FromHours(6));

        Assert.Equal([1, 2, 3, 4, 5], fired);
    }

    [Fact]
    public async Task The_current_time_is_that_of_the_turn_at_every_replay()
    {
        var seen = new List<DateTime>();
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            seen.Add(context.CurrentUtcDateTime);
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            return null;
        });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromHours(3));

        Assert.True((await app.GetAsync(id)).IsCompleted);
        Assert.Equal(3, seen.Count);
        Assert.Single(seen.Distinct());
        Assert.Equal(DateTimeKind.Utc, seen[0].Kind);
    }

    [Fact]
    public async Task A_start_in_the_future_is_pending_until_then()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", _ => Task.FromResult<object?>("done"));
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync(
            "main", null, new StartOrchestrationOptions(StartAt: app.Now.AddDays(2)));

        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await app.GetAsync(id)).RuntimeStatus);
        await app.AdvanceAsync(TimeSpan.FromDays(2));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await app.GetAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task Ten_thousand_waiting_timers_all_fire_and_each_wakes_its_own_instance()
    {
        const int Count = 10_000;
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            await context.CreateTimer(TimeSpan.FromDays(1 + (context.GetInput<int>() % 7)), CancellationToken.None);
            return context.GetInput<int>();
        });
        await Task.WhenAll(Enumerable.Range(0, Count).Select(number => app.StartAsync("main", number, $"waiting-{number:D5}")));
        await app.IdleAsync();

        await app.AdvanceAsync(TimeSpan.FromDays(3.5));
        await app.IdleAsync();
        var ended = 0;
        await foreach (var instance in app.Client.GetAllInstancesAsync(new OrchestrationQuery(PageSize: Count, FetchInputsAndOutputs: true)))
        {
            var number = instance.ReadInputAs<int>();
            Assert.Equal(number % 7 <= 2, instance.IsCompleted);
            if (!instance.IsCompleted)
                continue;
            ended++;
            Assert.Equal(number, instance.ReadOutputAs<int>());
        }

        Assert.Equal(Enumerable.Range(0, Count).Count(number => number % 7 <= 2), ended);
    }
}
