using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class ActivityTests
{
    [Fact]
    public async Task An_activity_gets_its_input_and_gives_its_result()
    {
        await using var app = Platform.NewDurableApp()
            .Activity<int>("double", number => number * 2)
            .Orchestrator("main", async context => await context.CallActivityAsync<int>("double", context.GetInput<int>()));

        var ended = await app.RunAsync("main", 21);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(42, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Activities_fan_out_and_WhenAll_gathers_them_in_order()
    {
        await using var app = Platform.NewDurableApp()
            .Activity<int>("square", async number =>
            {
                await Task.Yield();
                return number * number;
            })
            .Orchestrator("main", async context =>
            {
                var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => context.CallActivityAsync<int>("square", number)));
                return results;
            });

        var ended = await app.RunAsync("main");

        Assert.Equal(Enumerable.Range(0, 50).Select(number => number * number), ended.ReadOutputAs<int[]>());
    }

    [Fact]
    public async Task A_completed_activity_does_not_run_again_when_the_code_is_replayed()
    {
        var runs = 0;
        var replays = 0;
        await using var app = Platform.NewDurableApp()
            .Activity<int>("count", _ => Interlocked.Increment(ref runs))
            .Orchestrator("main", async context =>
            {
                replays++;
                for (var i = 0; i < 5; i++)
                    await context.CallActivityAsync("count", i);
                return null;
            });

        await app.RunAsync("main");

        Assert.Equal(5, runs);
        Assert.Equal(6, replays);
    }

    [Fact]
    public async Task A_failing_activity_is_a_TaskFailedException_with_the_type_and_message_of_the_cause()
    {
        await using var app = Platform.NewDurableApp()
            .Activity<string>("fail", object? (_) => throw new InvalidTimeZoneException("no such zone", new ArgumentException("inner")))
            .Orchestrator("main", async context =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("fail", "x"));
                Assert.True(failed.FailureDetails.IsCausedBy<InvalidTimeZoneException>());
                Assert.True(failed.FailureDetails.IsCausedBy<Exception>());
                Assert.False(failed.FailureDetails.IsCausedBy<ArgumentException>());
                Assert.Equal("inner", failed.FailureDetails.InnerFailure!.ErrorMessage);
                Assert.Equal("fail", failed.TaskName);
                return failed.FailureDetails.ErrorMessage;
            });

        var ended = await app.RunAsync("main");

        Assert.Null(ended.FailureDetails);
        Assert.Equal("no such zone", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_failure_that_escapes_fails_the_instance_with_the_cause_inside()
    {
        await using var app = Platform.NewDurableApp()
            .Activity<string>("fail", object? (_) => throw new InvalidTimeZoneException("no such zone"))
            .Orchestrator("main", async context => await context.CallActivityAsync<string>("fail"));

        var ended = await app.RunAsync("main");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", ended.FailureDetails!.ErrorType);
        Assert.Equal("System.InvalidTimeZoneException", ended.FailureDetails.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task An_exception_of_the_orchestrator_itself_is_the_failure()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("main", Task<object?> (_) => throw new InvalidTimeZoneException("no such zone"));

        var ended = await app.RunAsync("main");

        Assert.Equal("System.InvalidTimeZoneException", ended.FailureDetails!.ErrorType);
        Assert.Equal("no such zone", ended.FailureDetails.ErrorMessage);
    }

    [Fact]
    public async Task An_unknown_activity_fails_and_is_not_tried_again()
    {
        var asked = 0;
        await using var app = Platform.NewDurableApp()
            .Orchestrator("main", async context =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallActivityAsync("nobody", options: TaskOptions.FromRetryHandler(_ =>
                {
                    asked++;
                    return true;
                })));
                return failed.FailureDetails.ErrorType;
            });

        var ended = await app.RunAsync("main");

        Assert.Equal("ActivityTaskNotFound", ended.ReadOutputAs<string>());
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task An_unknown_orchestrator_fails_its_instance()
    {
        await using var app = Platform.NewDurableApp();

        var ended = await app.RunAsync("nobody");

        Assert.Equal("OrchestratorTaskNotFound", ended.FailureDetails!.ErrorType);
    }

    [Fact]
    public async Task Property_names_are_read_in_any_case()
    {
        await using var app = Platform.NewDurableApp()
            .Orchestrator("main", context => Task.FromResult<object?>(context.GetInput<Order>()!.Amount));

        var ended = await app.RunAsync("main", new Dictionary<string, int> { ["aMOUNT"] = 7 });

        Assert.Equal(7, ended.ReadOutputAs<int>());
    }

    private sealed record Order(int Amount);
}
