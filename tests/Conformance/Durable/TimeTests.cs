using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>Time that is moved: orchestrations sleep for days in an instant, and see the days go by.</summary>
public sealed class TimeTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(3 * 24)]
    [InlineData(10 * 24)]
    public async Task A_timer_fires_when_the_clock_is_moved_to_it_and_not_before(double hours)
    {
        await using var hub = await TestHub.StartAsync();
        var length = TimeSpan.FromHours(hours);
        var id = await hub.StartAsync("Sleep", length);
        await hub.AdvanceAsync(length - TimeSpan.FromMinutes(1));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await hub.GetAsync(id)).RuntimeStatus);

        await hub.AdvanceAsync(TimeSpan.FromMinutes(1));

        var ended = await hub.EndAsync(id);
        var times = ended.ReadOutputAs<DateTime[]>()!;
        Assert.InRange(times[1] - times[0], length, length + TimeSpan.FromSeconds(1));
        Assert.InRange(ended.LastUpdatedAt - ended.CreatedAt, length, length + TimeSpan.FromSeconds(1));
        Assert.InRange(hub.Clock.GetUtcNow() - ended.LastUpdatedAt, TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Timers_of_many_instances_fire_in_their_order()
    {
        await using var hub = await TestHub.StartAsync();
        for (var day = 10; day >= 1; day--)
            await hub.StartAsync("Sleep", TimeSpan.FromDays(day), $"{day:00}");
        await hub.AdvanceAsync(TimeSpan.FromDays(11));

        var ended = (await hub.AllAsync())
            .OrderBy(instance => instance.LastUpdatedAt)
            .Select(instance => instance.InstanceId);

        Assert.Equal(Enumerable.Range(1, 10).Select(day => $"{day:00}"), ended);
    }

    [Fact]
    public async Task Attempts_follow_the_moved_clock()
    {
        await using var hub = await TestHub.StartAsync();
        var id = await hub.StartAsync("Retrying", TimeSpan.FromMinutes(5));
        await hub.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await hub.GetAsync(id)).RuntimeStatus);

        await hub.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.StartsWith(
            "Completed \"attempt 3 after 00:15:0",
            TestHub.Text(await hub.EndAsync(id)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_event_or_the_timeout_whichever_is_first()
    {
        await using var hub = await TestHub.StartAsync();
        var told = await hub.StartAsync("EventOrTimeout");
        var forgotten = await hub.StartAsync("EventOrTimeout");
        await hub.RaiseAsync(told, "news", "yes");
        await hub.AdvanceAsync(TimeSpan.FromMinutes(61));

        Assert.Equal("Completed \"event yes\"", TestHub.Text(await hub.EndAsync(told)));
        Assert.Equal("Completed \"timeout\"", TestHub.Text(await hub.EndAsync(forgotten)));
    }

    [Fact]
    public async Task An_event_waits_for_an_orchestrator_that_sleeps()
    {
        await using var hub = await TestHub.StartAsync();
        var early = await hub.StartAsync("LateListener");
        await hub.RaiseAsync(early, "news", "early");
        var late = await hub.StartAsync("LateListener");
        await hub.AdvanceAsync(TimeSpan.FromHours(3));
        await hub.RaiseAsync(late, "news", "late");

        Assert.Equal("Completed \"early\"", TestHub.Text(await hub.EndAsync(early)));
        Assert.Equal("Completed \"late\"", TestHub.Text(await hub.EndAsync(late)));
    }

    [Fact]
    public async Task A_scheduled_start_waits_for_its_time_and_can_be_called_off()
    {
        await using var hub = await TestHub.StartAsync();
        var tomorrow = hub.Clock.GetUtcNow().AddDays(1);
        await hub.StartWithAsync("Chain", "s", new StartOrchestrationOptions("goes", tomorrow));
        await hub.StartWithAsync("Chain", "s", new StartOrchestrationOptions("stays", tomorrow));
        await hub.TerminateAsync("stays", "never mind");
        await hub.AdvanceAsync(TimeSpan.FromHours(23));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await hub.GetAsync("goes")).RuntimeStatus);
        Assert.Single((await hub.ReadAsync("goes")).Timers);

        await hub.AdvanceAsync(TimeSpan.FromHours(2));

        Assert.Equal("Completed \"s!!!\"", TestHub.Text(await hub.EndAsync("goes")));
        Assert.Equal("Terminated \"never mind\"", TestHub.Text(await hub.GetAsync("stays")));
    }

    [Fact]
    public async Task A_thousand_sleepers_wake_together()
    {
        await using var hub = await TestHub.StartAsync();
        var ids = await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(_ => hub.StartAsync("Sleep", TimeSpan.FromDays(1)))
        );
        await hub.AdvanceAsync(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));

        var ends = await Task.WhenAll(ids.Select(hub.EndAsync));

        Assert.All(ends, end => Assert.Equal(OrchestrationRuntimeStatus.Completed, end.RuntimeStatus));
    }

    [Fact]
    public async Task The_hub_is_busy_from_the_moment_a_timer_fires_until_all_that_follows_is_done()
    {
        using var clock = new LocalClock();
        clock.Stand();
        await using var hub = await TestHub.StartAsync(clock: clock);
        var id = await hub.StartAsync("Sleep", TimeSpan.FromHours(1));
        await hub.IdleAsync();
        var due = (await hub.ReadAsync(id)).Timers.Single();
        bool? isBusyAtOnce = null;
        await using var next = clock.CreateTimer(
            _ => isBusyAtOnce = hub.Hub.IsBusy,
            null,
            due - clock.GetUtcNow(),
            Timeout.InfiniteTimeSpan
        );

        await hub.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.True(isBusyAtOnce);
        Assert.False(hub.Hub.IsBusy);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await hub.GetAsync(id)).RuntimeStatus);
    }
}
