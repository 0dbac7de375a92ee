using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Durable;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>What a client can do with instances, on both stores.</summary>
public sealed class ClientTests
{
    public static TheoryData<Store> Stores => OrchestrationTests.Stores;

    [Theory, MemberData(nameof(Stores))]
    public async Task An_event_is_heard_whether_it_comes_before_or_after_the_wait(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var early = await hub.StartAsync("Two");
        await hub.RaiseAsync(early, "second", 2);
        await hub.RaiseAsync(early, "first", 1);
        var late = await hub.StartAsync("Listener");
        await hub.UntilAsync(late, OrchestrationRuntimeStatus.Running);
        await hub.RaiseAsync(late, "NEWS", "late");

        Assert.Equal("Completed 3", TestHub.Text(await hub.EndAsync(early)));
        Assert.Equal("Completed \"late\"", TestHub.Text(await hub.EndAsync(late)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task An_event_of_another_shape_fails_the_instance(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartAsync("Two");
        await hub.RaiseAsync(id, "first", "not a number");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await hub.EndAsync(id)).RuntimeStatus);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task What_an_instance_cannot_hear_is_refused(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var ended = await hub.StartAsync("Chain", "x");
        await hub.EndAsync(ended);
        var nobody = $"nobody-{Guid.NewGuid():N}";

        Assert.Equal(StatusCode.NotFound, await StatusOfAsync(() => hub.RaiseAsync(nobody, "news")));
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOfAsync(() => hub.RaiseAsync(ended, "news")));
        Assert.Equal(StatusCode.NotFound, await StatusOfAsync(() => hub.TerminateAsync(nobody)));
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOfAsync(() => hub.TerminateAsync(ended)));
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOfAsync(() => hub.SuspendAsync(ended)));
        Assert.Equal(StatusCode.FailedPrecondition, await StatusOfAsync(() => hub.ResumeAsync(ended)));
        Assert.Null(await hub.FindAsync(nobody));
    }

    [Fact]
    public async Task Events_for_nobody_have_no_effect_where_the_settings_say_so()
    {
        await using var hub = await TestHub.StartAsync(
            options: new DurableOptions { ThrowStatusExceptionsOnRaiseEvent = false }
        );
        var ended = await hub.StartAsync("Chain", "x");
        await hub.EndAsync(ended);

        await hub.RaiseAsync("nobody", "news");
        await hub.RaiseAsync(ended, "news");

        Assert.Equal("Completed \"x!!!\"", TestHub.Text(await hub.GetAsync(ended)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_living_id_is_never_started_again_and_an_ended_one_unless_the_caller_forbids_it(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var living = await hub.StartAsync("Listener");
        await hub.UntilAsync(living, OrchestrationRuntimeStatus.Running);
        var ended = await hub.StartAsync("Chain", "a");
        await hub.EndAsync(ended);
        var never = new StartOrchestrationOptions(ended).WithDedupeStatuses([
            .. StartOrchestrationOptionsExtensions.ValidDedupeStatuses,
        ]);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => hub.StartAsync("Chain", "b", living));
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => hub.StartWithAsync("Chain", "b", never));
        Assert.Equal("Completed \"a!!!\"", TestHub.Text(await hub.GetAsync(ended)));
        await hub.StartAsync("Chain", "c", ended);
        Assert.Equal("Completed \"c!!!\"", TestHub.Text(await hub.EndAsync(ended)));
        await hub.TerminateAsync(living);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_terminated_instance_has_the_output_that_was_given(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartAsync("Listener");
        await hub.UntilAsync(id, OrchestrationRuntimeStatus.Running);

        await hub.TerminateAsync(id, "enough");

        Assert.Equal("Terminated \"enough\"", TestHub.Text(await hub.EndAsync(id)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_suspended_instance_goes_on_when_it_is_resumed(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartAsync("Listener");
        await hub.UntilAsync(id, OrchestrationRuntimeStatus.Running);
        await hub.SuspendAsync(id);
        await hub.UntilAsync(id, OrchestrationRuntimeStatus.Suspended);
        await hub.RaiseAsync(id, "news", "held");
        await hub.RunAsync("Arguments");

        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await hub.GetAsync(id)).RuntimeStatus);
        await hub.ResumeAsync(id);
        Assert.Equal("Completed \"held\"", TestHub.Text(await hub.EndAsync(id)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Instances_can_be_found_in_pages_and_purged(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var prefix = $"page{Guid.NewGuid():N}";
        for (var number = 0; number < 5; number++)
            await hub.StartAsync(number == 4 ? "Nobody" : "One", number, $"{prefix}-{number}");
        for (var number = 0; number < 5; number++)
            await hub.EndAsync($"{prefix}-{number}");
        var living = await hub.StartAsync("Listener", id: $"{prefix}-living");
        await hub.UntilAsync(living, OrchestrationRuntimeStatus.Running);

        var pages = await hub.PageSizesAsync(new OrchestrationQuery(InstanceIdPrefix: prefix, PageSize: 4));
        Assert.Equal(6, pages.Sum());
        Assert.All(pages, page => Assert.InRange(page, 0, 4));
        var failed = await hub.AllAsync(
            new OrchestrationQuery(
                InstanceIdPrefix: prefix,
                Statuses: [OrchestrationRuntimeStatus.Failed],
                FetchInputsAndOutputs: true
            )
        );
        Assert.Equal("4", Assert.Single(failed).SerializedInput);

        Assert.Equal(1, await hub.PurgeAsync($"{prefix}-0"));
        Assert.Equal(0, await hub.PurgeAsync($"{prefix}-0"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => hub.PurgeAsync(living));
        Assert.Null(await hub.FindAsync($"{prefix}-0"));
        await hub.TerminateAsync(living);
    }

    [Fact]
    public async Task A_purge_takes_those_that_ended_in_the_time_and_the_way_that_are_asked_for()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.EndAsync(await hub.StartAsync("One", 1, "old"));
        await hub.EndAsync(await hub.StartAsync("Nobody", 1, "old-failed"));
        await hub.StartAsync("Listener", id: "old-living");
        await hub.AdvanceAsync(TimeSpan.FromDays(8));
        await hub.EndAsync(await hub.StartAsync("One", 1, "new"));

        var purged = await hub.PurgeAsync(
            new PurgeInstancesFilter(
                CreatedTo: hub.Clock.GetUtcNow().AddDays(-7),
                Statuses: [OrchestrationRuntimeStatus.Completed]
            )
        );

        Assert.Equal(1, purged);
        var left = (await hub.AllAsync()).Select(instance => instance.InstanceId);
        Assert.Equal(["new", "old-failed", "old-living"], left);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_restart_takes_the_input_again(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartAsync("Chain", "again");
        await hub.EndAsync(id);

        var other = await hub.RestartAsync(id, newId: true);

        Assert.NotEqual(id, other);
        Assert.Equal("Completed \"again!!!\"", TestHub.Text(await hub.EndAsync(other)));
        Assert.Equal(id, await hub.RestartAsync(id));
        Assert.Equal("Completed \"again!!!\"", TestHub.Text(await hub.EndAsync(id)));
    }

    [Fact]
    public async Task One_id_can_be_started_again_as_soon_as_it_has_ended()
    {
        await using var hub = await TestHub.StartAsync();
        for (var number = 0; number < 300; number++)
        {
            await hub.StartAsync("One", number, "again");
            Assert.Equal($"Completed {number + 1}", TestHub.Text(await hub.EndAsync("again")));
        }
    }

    [Fact]
    public async Task Tags_are_kept_and_a_start_can_be_waited_for()
    {
        await using var hub = await TestHub.StartAsync();
        var options = new StartOrchestrationOptions { Tags = new Dictionary<string, string> { ["partner"] = "acme" } };
        var id = await hub.StartWithAsync("Listener", null, options);

        var started = await hub.Client.WaitForInstanceStartAsync(
            id,
            getInputsAndOutputs: true,
            TestContext.Current.CancellationToken
        );

        Assert.Equal("acme", started.Tags["partner"]);
        Assert.Equal("\"listening\"", started.SerializedCustomStatus);
    }

    [Fact]
    public async Task What_the_local_host_does_not_do_says_so()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.EndAsync(await hub.StartAsync("Nobody", id: "failed"));

        await Assert.ThrowsAsync<NotImplementedException>(() =>
            hub.Client.RewindInstanceAsync("failed", "again", TestContext.Current.CancellationToken)
        );
    }

    internal static async Task<StatusCode> StatusOfAsync(Func<Task> call) =>
        (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;
}
