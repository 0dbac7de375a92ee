using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Local.Worker.Rpc;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>What orchestrators and activities see, and how they end, on both stores.</summary>
public sealed class OrchestrationTests
{
    public static TheoryData<Store> Stores => [Store.Embedded, Store.AzureStorage];

    [Theory, MemberData(nameof(Stores))]
    public async Task Activities_in_a_row_hand_on_their_results(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        var ended = await hub.EndAsync(await hub.StartAsync("Chain", "x"));

        Assert.Equal("Completed \"x!!!\"", TestHub.Text(ended));
        Assert.Equal("{\"steps\":3}", ended.SerializedCustomStatus);
        Assert.Equal("\"x\"", ended.SerializedInput);
        Assert.Equal("Chain", ended.Name);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Arguments_and_results_of_every_shape_arrive(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        Assert.Equal("Completed \"7 6  Arguments\"", await hub.RunAsync("Arguments"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Activities_at_once_all_count(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        Assert.Equal("Completed 1275", await hub.RunAsync("Wide", 50));
    }

    [Fact]
    public async Task Hundreds_of_activities_in_a_row_or_at_once_are_no_trouble()
    {
        await using var hub = await TestHub.StartAsync();

        Assert.Equal("Completed 300", await hub.RunAsync("Many", 300));
        Assert.Equal("Completed 45150", await hub.RunAsync("Wide", 300));
    }

    [Fact]
    public async Task A_function_gets_a_client_that_works()
    {
        await using var hub = await TestHub.StartAsync();
        var worker = await DurableWorker.GetAsync();
        worker.DurableClient = () => hub.Hub.ClientBinding(hub.Address);

        var answer = await worker.InvokeAsync(
            worker.Find("Start")!,
            new TypedData
            {
                Http = new RpcHttp { Method = "POST", Url = "http://localhost/start" },
            },
            null,
            TestContext.Current.CancellationToken
        );

        Assert.Equal("200", answer.ReturnValue.Http.StatusCode);
        Assert.Equal("Completed \"http!!!\"", answer.ReturnValue.Http.Body.Bytes.ToStringUtf8());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_failure_ends_the_instance_and_stands_in_its_output_only(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        var ended = await hub.EndAsync(await hub.StartAsync("Failing"));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal(
            "System.InvalidOperationException: gives up: System.InvalidTimeZoneException bad inner",
            ended.SerializedOutput
        );
        Assert.Null(ended.FailureDetails);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task An_orchestrator_that_the_worker_does_not_have_fails(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        var ended = await hub.EndAsync(await hub.StartAsync("Nobody"));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains(
            "'Nobody' doesn't exist, is disabled, or is not an orchestrator function.",
            ended.SerializedOutput
        );
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_failure_arrives_as_the_worker_reports_it(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        Assert.Equal(
            "Completed \"System.InvalidTimeZoneException: outer it\"",
            await hub.RunAsync("FailureOf", "AlwaysFail")
        );
        Assert.StartsWith(
            "Completed \"System.AggregateException: ",
            await hub.RunAsync("FailureOf", "FailInside"),
            StringComparison.Ordinal
        );
        Assert.Equal("Completed \"(unknown): (unknown)\"", await hub.RunAsync("FailureOf", "NoSuchActivity"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Sub_orchestrations_return_or_fail_to_their_parent(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        Assert.Equal("Completed \"sub!!! / System.InvalidOperationException\"", await hub.RunAsync("Parent"));
        Assert.Equal("Completed \"failed\"", await hub.RunAsync("ParentOf", "Nobody"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_new_generation_keeps_the_events_that_nobody_has_waited_for(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartAsync("Counter", 0);
        for (var number = 1; number <= 3; number++)
            await hub.RaiseAsync(id, "add", number);

        Assert.Equal("Completed 6", TestHub.Text(await hub.EndAsync(id)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task An_open_timer_holds_back_the_next_generation(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartAsync("Generations", 1);
        var begun = (await hub.GetAsync(id)).CreatedAt;

        var ended = await hub.EndAsync(id);
        Assert.Equal("Completed \"second\"", TestHub.Text(ended));
        // A timer of three seconds. The store in Azure counts in whole ones, and so may be up to one early.
        Assert.InRange(ended.LastUpdatedAt - begun, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_custom_status_over_16_KB_fails_the_instance(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        Assert.Equal("Completed \"fine\"", await hub.RunAsync("LargeStatus", 8000));
        var ended = await hub.RunAsync("LargeStatus", 8200);
        Assert.StartsWith("Failed ", ended, StringComparison.Ordinal);
        Assert.Contains("CustomStatus is too large", ended);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task An_instance_with_a_version_stays_pending(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);
        var id = await hub.StartWithAsync("Arguments", null, new StartOrchestrationOptions { Version = "2" });
        Assert.StartsWith("Completed", await hub.RunAsync("Arguments"), StringComparison.Ordinal);

        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await hub.GetAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task A_version_that_the_settings_cover_runs()
    {
        await using var hub = await TestHub.StartAsync(options: new() { DefaultVersion = "2.1" });
        var id = await hub.StartWithAsync("Arguments", null, new StartOrchestrationOptions { Version = "2.0" });

        Assert.Equal("Completed \"7 6 2.0 Arguments\"", TestHub.Text(await hub.EndAsync(id)));
        Assert.Equal("Completed \"7 6 2.1 Arguments\"", await hub.RunAsync("Arguments"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_failed_activity_is_tried_again_as_its_policy_says(Store store)
    {
        await using var hub = await TestHub.GetAsync(store);

        Assert.StartsWith(
            "Completed \"attempt 3 after 00:00:0",
            await hub.RunAsync("Retrying", TimeSpan.FromMilliseconds(200)),
            StringComparison.Ordinal
        );
    }
}
