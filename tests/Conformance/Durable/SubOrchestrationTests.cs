using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class SubOrchestrationTests
{
    [Fact]
    public async Task A_sub_orchestration_gets_its_input_id_version_and_parent_and_gives_its_result()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("child", context => Task.FromResult<object?>(
                $"{context.GetInput<int>()} {context.InstanceId} {context.Version} {context.Parent!.Name} {context.Parent.InstanceId}"))
            .Orchestrator("main", async context => await context.CallSubOrchestratorAsync<string>(
                "child", 7, new SubOrchestrationOptions(instanceId: "child-1") { Version = "1.2" }));

        await app.StartAsync("main", id: "parent-1");

        Assert.Equal("7 child-1 1.2 main parent-1", (await app.EndAsync("parent-1")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_sub_orchestration_without_an_id_gets_the_same_one_at_every_replay()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("child", async context =>
            {
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return context.InstanceId;
            })
            .Orchestrator("main", async context =>
            {
                var first = await context.CallSubOrchestratorAsync<string>("child");
                var second = await context.CallSubOrchestratorAsync<string>("child");
                return first != second;
            });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromHours(3));

        Assert.True((await app.GetAsync(id)).ReadOutputAs<bool>());
        Assert.Equal(3, await CountAsync(app));
    }

    [Fact]
    public async Task A_sub_orchestration_that_fails_is_a_TaskFailedException_with_its_failure()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("child", Task<object?> (_) => throw new InvalidTimeZoneException("no such zone"))
            .Orchestrator("main", async context =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallSubOrchestratorAsync("child"));
                return failed.FailureDetails.ErrorType;
            });

        Assert.Equal("System.InvalidTimeZoneException", (await app.RunAsync("main")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_unknown_sub_orchestration_fails_as_not_found()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallSubOrchestratorAsync("nobody"));
            return failed.FailureDetails.ErrorType;
        });

        Assert.Equal("OrchestratorTaskNotFound", (await app.RunAsync("main")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Termination_reaches_sub_orchestrations_only_when_it_is_recursive()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("child", async context => await context.WaitForExternalEvent<string>("never"))
            .Orchestrator("main", async context => await context.CallSubOrchestratorAsync<string>(
                "child", options: new SubOrchestrationOptions(instanceId: context.InstanceId + "-child")));
        await app.StartAsync("main", id: "one");
        await app.StartAsync("main", id: "all");
        await app.IdleAsync();

        await app.Client.TerminateInstanceAsync("one");
        await app.Client.TerminateInstanceAsync("all", new TerminateInstanceOptions(Recursive: true));

        Assert.True((await app.GetAsync("one-child")).IsRunning);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await app.GetAsync("all-child")).RuntimeStatus);
        Assert.Equal(2, (await app.Client.PurgeInstanceAsync("all", new PurgeInstanceOptions(Recursive: true))).PurgedInstanceCount);
    }

    [Fact]
    public async Task A_terminated_sub_orchestration_fails_in_its_parent()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("child", async context => await context.WaitForExternalEvent<string>("never"))
            .Orchestrator("main", async context =>
            {
                await Assert.ThrowsAsync<TaskFailedException>(
                    () => context.CallSubOrchestratorAsync("child", options: new SubOrchestrationOptions(instanceId: "child-1")));
                return "told";
            });
        var id = await app.StartAsync("main");
        await app.IdleAsync();

        await app.Client.TerminateInstanceAsync("child-1");

        Assert.Equal("told", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_sub_orchestration_under_the_id_of_a_living_instance_fails_and_leaves_that_one_alone()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("child", async context => await context.WaitForExternalEvent<string>("never"))
            .Orchestrator("main", async context =>
            {
                await Assert.ThrowsAsync<TaskFailedException>(
                    () => context.CallSubOrchestratorAsync("child", options: new SubOrchestrationOptions(instanceId: "taken")));
                return "refused";
            });
        await app.StartAsync("child", id: "taken");

        Assert.Equal("refused", (await app.RunAsync("main")).ReadOutputAs<string>());
        Assert.False((await app.GetAsync("taken")).IsCompleted);
    }

    [Fact]
    public async Task Continuing_as_new_starts_over_with_the_new_input_and_keeps_unread_events()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            var sum = context.GetInput<int>();
            var number = await context.WaitForExternalEvent<int>("number");
            if (number == 0)
                return sum;
            _ = context.CreateTimer(TimeSpan.FromDays(1), CancellationToken.None);
            context.ContinueAsNew(sum + number);
            return "ignored";
        });
        var id = await app.StartAsync("main", 0);
        foreach (var number in (int[])[1, 2, 3, 0])
            await app.Client.RaiseEventAsync(id, "number", number);

        Assert.Equal(6, (await app.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_event_that_comes_with_the_one_that_continues_as_new_is_for_the_new_execution()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            var note = context.WaitForExternalEvent<string>("note");
            if (context.GetInput<bool>())
                return await note;
            await context.WaitForExternalEvent<string>("go");
            context.ContinueAsNew(true);
            return null;
        });
        var id = await app.StartAsync("main", false);
        await app.IdleAsync();
        await app.Client.SuspendInstanceAsync(id);
        await app.Client.RaiseEventAsync(id, "go");
        await app.Client.RaiseEventAsync(id, "note", "kept");
        await app.Client.ResumeInstanceAsync(id);

        Assert.Equal("kept", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Continuing_as_new_can_drop_unread_events()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            if (context.GetInput<bool>())
                return await context.WaitForExternalEvent<string>("note");
            await context.WaitForExternalEvent<string>("go");
            context.ContinueAsNew(true, preserveUnprocessedEvents: false);
            return null;
        });
        var id = await app.StartAsync("main", false);
        await app.Client.RaiseEventAsync(id, "note", "old");
        await app.IdleAsync();
        await app.Client.RaiseEventAsync(id, "go");
        await app.IdleAsync();

        Assert.True((await app.GetAsync(id)).IsRunning);
        await app.Client.RaiseEventAsync(id, "note", "new");

        Assert.Equal("new", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Continuing_as_new_can_change_the_version_and_a_late_result_is_not_for_the_new_execution()
    {
        var release = new TaskCompletionSource<object?>();
        await using var app = Platform.NewDurableApp()
            .Activity<string>("slow", _ => release.Task)
            .Activity<string>("fast", _ => "fast")
            .Orchestrator("main", async context =>
            {
                if (context.GetInput<bool>())
                    return await context.CallActivityAsync<string>("fast") + context.Version;
                _ = context.CallActivityAsync("slow");
                await context.WaitForExternalEvent<string>("go");
                context.ContinueAsNew(new ContinueAsNewOptions { NewInput = true, NewVersion = "2" });
                return null;
            });
        var id = await app.StartAsync("main", false);
        await app.Client.RaiseEventAsync(id, "go");
        release.SetResult("slow");

        Assert.Equal("fast2", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    private static async Task<int> CountAsync(DurableApp app)
    {
        var count = 0;
        await foreach (var _ in app.Client.GetAllInstancesAsync())
            count++;
        return count;
    }
}
