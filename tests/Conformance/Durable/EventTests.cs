using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class EventTests
{
    [Fact]
    public async Task An_event_wakes_the_instance_and_its_name_has_no_case()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("main", async context => await context.WaitForExternalEvent<string>("Opened"));
        var id = await app.StartAsync("main");

        await app.Client.RaiseEventAsync(id, "oPENED", "by phone");

        Assert.Equal("by phone", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_that_comes_before_the_wait_is_kept_for_it_in_order()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            await context.WaitForExternalEvent<string>("go");
            return new[] { await context.WaitForExternalEvent<int>("number"), await context.WaitForExternalEvent<int>("number") };
        });
        var id = await app.StartAsync("main");
        await app.Client.RaiseEventAsync(id, "number", 1);
        await app.Client.RaiseEventAsync(id, "number", 2);
        await app.Client.RaiseEventAsync(id, "go");

        Assert.Equal([1, 2], (await app.EndAsync(id)).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task The_newest_wait_gets_the_first_event()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            var older = context.WaitForExternalEvent<int>("number");
            var newer = context.WaitForExternalEvent<int>("number");
            return new[] { await older, await newer };
        });
        var id = await app.StartAsync("main");
        await app.Client.RaiseEventAsync(id, "number", 1);
        await app.IdleAsync();
        await app.Client.RaiseEventAsync(id, "number", 2);

        Assert.Equal([2, 1], (await app.EndAsync(id)).ReadOutputAs<List<int>>()!);
    }

    [Fact]
    public async Task Two_waits_of_one_name_have_one_type()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            _ = context.WaitForExternalEvent<int>("number");
            await Assert.ThrowsAsync<ArgumentException>(() => context.WaitForExternalEvent<string>("NUMBER"));
            return "refused";
        });

        Assert.Equal("refused", (await app.RunAsync("main")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_of_another_shape_than_the_wait_fails_the_wait()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("main", async context => await context.WaitForExternalEvent<int>("number"));
        var id = await app.StartAsync("main");

        await app.Client.RaiseEventAsync(id, "number", "seven");

        Assert.Equal("System.Text.Json.JsonException", (await app.EndAsync(id)).FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task A_wait_with_a_timeout_ends_in_TaskCanceledException()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            await Assert.ThrowsAsync<TaskCanceledException>(() => context.WaitForExternalEvent<int>("never", TimeSpan.FromHours(1)));
            return "timed out";
        });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromHours(2));

        Assert.Equal("timed out", (await app.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_wait_with_a_timeout_that_gets_its_event_leaves_no_timer_behind()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("main", async context => await context.WaitForExternalEvent<int>("number", TimeSpan.FromHours(1)));
        var id = await app.StartAsync("main");

        await app.Client.RaiseEventAsync(id, "number", 5);

        Assert.Equal(5, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_cancelled_wait_takes_no_event_away()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            using var cancellation = new CancellationTokenSource();
            var given = context.WaitForExternalEvent<int>("number", cancellation.Token);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            await context.WaitForExternalEvent<string>("go");
            return await context.WaitForExternalEvent<int>("number");
        });
        var id = await app.StartAsync("main");

        await app.Client.RaiseEventAsync(id, "number", 5);
        await app.Client.RaiseEventAsync(id, "go");

        Assert.Equal(5, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task WhenAny_takes_the_event_or_the_timer_whichever_is_first()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            using var cancellation = new CancellationTokenSource();
            var opened = context.WaitForExternalEvent<string>("opened");
            var expiry = context.CreateTimer(TimeSpan.FromDays(7), cancellation.Token);
            var first = await Task.WhenAny(opened, expiry);
            cancellation.Cancel();
            return first == opened ? "opened" : "expired";
        });
        var opened = await app.StartAsync("main");
        var expired = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromDays(6));
        await app.Client.RaiseEventAsync(opened, "opened", "x");
        await app.AdvanceAsync(TimeSpan.FromDays(2));

        Assert.Equal("opened", (await app.EndAsync(opened)).ReadOutputAs<string>());
        Assert.Equal("expired", (await app.EndAsync(expired)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_instance_sends_an_event_to_another()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("receiver", async context => await context.WaitForExternalEvent<int>("number"))
            .Orchestrator("sender", context =>
            {
                context.SendEvent("receiver-1", "number", 9);
                context.SendEvent("nobody", "number", 9);
                return Task.FromResult<object?>(null);
            });
        await app.StartAsync("receiver", id: "receiver-1");

        await app.RunAsync("sender");

        Assert.Equal(9, (await app.EndAsync("receiver-1")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_event_for_an_unknown_or_finished_instance_is_dropped_silently()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", _ => Task.FromResult<object?>("done"));
        var ended = await app.RunAsync("main");

        await app.Client.RaiseEventAsync("nobody", "number", 1);
        await app.Client.RaiseEventAsync(ended.InstanceId, "number", 1);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await app.GetAsync(ended.InstanceId)).RuntimeStatus);
    }
}
