using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class ClientTests
{
    [Fact]
    public async Task An_id_is_made_up_where_none_is_given()
    {
        await using var app = Echo();

        Assert.NotEqual(await app.StartAsync("echo"), await app.StartAsync("echo"));
    }

    [Fact]
    public async Task A_living_instance_refuses_another_of_its_id_and_a_finished_one_is_replaced()
    {
        await using var app = Echo();
        await app.StartAsync("wait", id: "one");

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => app.StartAsync("echo", "second", "one"));
        await app.Client.RaiseEventAsync("one", "go");
        await app.EndAsync("one");
        await app.StartAsync("echo", "second", "one");

        Assert.Equal("second", (await app.EndAsync("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Dedupe_statuses_say_which_instance_refuses_and_the_others_are_replaced()
    {
        await using var app = Echo();
        await app.StartAsync("echo", "first", "one");
        await app.EndAsync("one");
        var unlessCompleted = new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => app.Client.ScheduleNewOrchestrationInstanceAsync("echo", "second", unlessCompleted));
        await app.StartAsync("wait", id: "one");
        await app.Client.ScheduleNewOrchestrationInstanceAsync("echo", "third", unlessCompleted);

        Assert.Equal("third", (await app.EndAsync("one")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task What_a_replaced_instance_still_gets_is_not_for_the_new_one()
    {
        var slow = new TaskCompletionSource<object?>();
        var calls = 0;
        await using var app = Platform.NewDurableApp()
            .Activity<string>("work", _ => ++calls == 1 ? slow.Task : Task.FromResult<object?>("of the new one"))
            .Orchestrator("main", async context => await context.CallActivityAsync<string>("work"));
        await app.StartAsync("main", id: "one");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (calls == 0)
            await Task.Delay(1, limit.Token);

        var always = new StartOrchestrationOptions("one") { DedupeStatuses = [] };
        await app.Client.ScheduleNewOrchestrationInstanceAsync("main", null, always);
        slow.SetResult("of the old one");

        Assert.Equal("of the new one", (await app.EndAsync("one")).ReadOutputAs<string>());
        await app.IdleAsync();
    }

    [Fact]
    public async Task Dedupe_statuses_that_contradict_each_other_are_refused()
    {
        await using var app = Echo();
        var options = new StartOrchestrationOptions("one").WithDedupeStatuses(OrchestrationRuntimeStatus.Terminated);

        await Assert.ThrowsAsync<ArgumentException>(() => app.Client.ScheduleNewOrchestrationInstanceAsync("echo", "second", options));
    }

    [Fact]
    public async Task Of_many_starts_of_one_id_at_once_exactly_one_wins()
    {
        await using var app = Echo();

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            await Task.Yield();
            try
            {
                await app.StartAsync("wait", id: "one");
                return true;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return false;
            }
        }));

        Assert.Single(starts, started => started);
    }

    [Fact]
    public async Task Input_output_custom_status_and_failure_are_there_only_when_asked_for()
    {
        await using var app = Echo();
        var id = (await app.RunAsync("echo", "hello")).InstanceId;

        var bare = (await app.Client.GetInstanceAsync(id))!;
        var full = (await app.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!;

        Assert.Throws<InvalidOperationException>(() => bare.ReadOutputAs<string>());
        Assert.Null(bare.SerializedInput);
        Assert.Equal("hello", full.ReadInputAs<string>());
        Assert.Equal("hello", full.ReadOutputAs<string>());
        Assert.Equal("echoed", full.ReadCustomStatusAs<string>());
        Assert.Equal("echo", full.Name);
        Assert.True(full.LastUpdatedAt >= full.CreatedAt);
        Assert.Null(await app.Client.GetInstanceAsync("nobody"));
    }

    [Fact]
    public async Task Only_the_last_custom_status_of_a_turn_is_seen_and_a_large_one_is_refused()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", async context =>
        {
            context.SetCustomStatus("first");
            context.SetCustomStatus("second");
            Assert.Throws<ArgumentException>(() => context.SetCustomStatus(new string('x', 9000)));
            await context.WaitForExternalEvent<string>("go");
            return null;
        });
        var id = await app.StartAsync("main");
        await app.IdleAsync();

        Assert.Equal("second", (await app.GetAsync(id)).ReadCustomStatusAs<string>());
    }

    [Fact]
    public async Task Waiting_for_the_start_ends_when_the_first_turn_has_run()
    {
        await using var app = Echo();
        var id = await app.StartAsync("wait");

        Assert.True((await app.Client.WaitForInstanceStartAsync(id)).IsRunning);
    }

    [Fact]
    public async Task A_wait_ends_with_its_token_and_the_instance_goes_on()
    {
        await using var app = Echo();
        var id = await app.StartAsync("wait");
        using var cancellation = new CancellationTokenSource();

        var waiting = app.Client.WaitForInstanceCompletionAsync(id, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False((await app.GetAsync(id)).IsCompleted);
    }

    [Fact]
    public async Task Termination_ends_an_instance_with_the_given_output_and_a_second_one_changes_nothing()
    {
        await using var app = Echo();
        var id = await app.StartAsync("wait");
        await app.IdleAsync();

        await app.Client.TerminateInstanceAsync(id, (object)"enough");
        await app.Client.TerminateInstanceAsync(id, (object)"again");
        await app.Client.TerminateInstanceAsync("nobody");

        var ended = await app.GetAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, ended.RuntimeStatus);
        Assert.Equal("enough", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_suspended_instance_keeps_what_comes_until_it_is_resumed()
    {
        await using var app = Echo();
        var id = await app.StartAsync("wait");
        await app.IdleAsync();

        await app.Client.SuspendInstanceAsync(id, "holiday");
        await app.Client.RaiseEventAsync(id, "go", "late");
        await app.IdleAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await app.GetAsync(id)).RuntimeStatus);
        await app.Client.ResumeInstanceAsync(id);

        Assert.Equal("late", (await app.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Instances_are_listed_by_prefix_status_and_time_of_creation_in_pages()
    {
        await using var app = Echo();
        for (var number = 0; number < 5; number++)
            await app.StartAsync("echo", number, $"early-{number}");
        await app.StartAsync("wait", id: "early-waiting");
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        var noon = app.Now.AddHours(-12);
        await app.StartAsync("echo", 9, "late-9");
        await app.IdleAsync();

        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in app.Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: "early-", PageSize: 4)).AsPages())
            pages.Add(page);

        Assert.Equal([4, 2], pages.Select(page => page.Values.Count));
        Assert.Equal(["late-9"], await IdsAsync(app, new OrchestrationQuery(CreatedFrom: noon)));
        Assert.Equal(6, (await IdsAsync(app, new OrchestrationQuery(CreatedTo: noon))).Count);
        Assert.Equal(["early-waiting"], await IdsAsync(app, new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running])));
    }

    [Fact]
    public async Task Purging_removes_finished_instances_only()
    {
        await using var app = Echo();
        await app.StartAsync("echo", 1, "one");
        await app.StartAsync("echo", 2, "two");
        await app.StartAsync("wait", id: "waiting");
        await app.IdleAsync();

        Assert.Equal(1, (await app.Client.PurgeInstanceAsync("one")).PurgedInstanceCount);
        Assert.Equal(0, (await app.Client.PurgeInstanceAsync("waiting")).PurgedInstanceCount);
        Assert.Equal(0, (await app.Client.PurgeInstanceAsync("nobody")).PurgedInstanceCount);
        Assert.Equal(1, (await app.Client.PurgeInstancesAsync(null, app.Now.AddHours(1))).PurgedInstanceCount);
        Assert.Equal(["waiting"], await IdsAsync(app, new OrchestrationQuery()));
    }

    [Fact]
    public async Task Tags_and_version_stay_with_the_instance()
    {
        await using var app = Platform.NewDurableApp().Orchestrator("main", context => Task.FromResult<object?>(
            context.Version + (context.CompareVersionTo("1.10") < 0 ? " before" : " after")));
        var options = new StartOrchestrationOptions("one") { Version = "1.9", Tags = new Dictionary<string, string> { ["partner"] = "acme" } };

        await app.Client.ScheduleNewOrchestrationInstanceAsync("main", null, options);

        var ended = await app.EndAsync("one");
        Assert.Equal("1.9 before", ended.ReadOutputAs<string>());
        Assert.Equal("acme", ended.Tags["partner"]);
    }

    private static DurableApp Echo() => Platform.NewDurableApp()
        .Orchestrator("echo", context =>
        {
            context.SetCustomStatus("echoed");
            return Task.FromResult<object?>(context.GetInput<System.Text.Json.JsonElement?>());
        })
        .Orchestrator("wait", async context => await context.WaitForExternalEvent<string>("go"));

    private static async Task<List<string>> IdsAsync(DurableApp app, OrchestrationQuery query)
    {
        var ids = new List<string>();
        await foreach (var instance in app.Client.GetAllInstancesAsync(query))
            ids.Add(instance.InstanceId);
        return ids;
    }
}
