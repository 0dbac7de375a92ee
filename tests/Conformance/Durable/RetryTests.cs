using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class RetryTests
{
    [Fact]
    public async Task A_policy_counts_the_first_attempt_and_waits_longer_each_time_up_to_its_limit()
    {
        var attempts = new List<DateTimeOffset>();
        await using var app = Platform.NewDurableApp();
        app.Activity<int>("fail", object? (_) =>
            {
                attempts.Add(app.Now);
                throw new InvalidTimeZoneException("again");
            })
            .Orchestrator("main", async context =>
            {
                var policy = new RetryPolicy(5, TimeSpan.FromMinutes(1), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromMinutes(3));
                await context.CallActivityAsync("fail", 1, TaskOptions.FromRetryPolicy(policy));
                return null;
            });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await app.GetAsync(id)).RuntimeStatus);
        Assert.Equal([1, 2, 3, 3], attempts.Zip(attempts.Skip(1), (before, after) => (int)Math.Round((after - before).TotalMinutes)));
    }

    [Fact]
    public async Task A_policy_stops_at_a_failure_that_it_does_not_handle()
    {
        var attempts = 0;
        await using var app = Platform.NewDurableApp()
            .Activity<int>("fail", object? (_) =>
            {
                attempts++;
                throw new InvalidTimeZoneException("again");
            })
            .Orchestrator("main", async context =>
            {
                var policy = new RetryPolicy(5, TimeSpan.FromMinutes(1)) { HandleFailure = failure => failure.IsCausedBy<TimeoutException>() };
                await context.CallActivityAsync("fail", 1, TaskOptions.FromRetryPolicy(policy));
                return null;
            });

        await app.RunAsync("main");

        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task A_policy_gives_up_when_its_time_is_over()
    {
        var attempts = 0;
        await using var app = Platform.NewDurableApp()
            .Activity<int>("fail", object? (_) =>
            {
                attempts++;
                throw new InvalidTimeZoneException("again");
            })
            .Orchestrator("main", async context =>
            {
                var policy = new RetryPolicy(100, TimeSpan.FromMinutes(10), retryTimeout: TimeSpan.FromMinutes(25));
                await context.CallActivityAsync("fail", 1, policy.AsOptions());
                return null;
            });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.True((await app.GetAsync(id)).IsCompleted);
        Assert.Equal(4, attempts);
    }

    [Fact]
    public async Task A_handler_decides_and_may_wait_for_a_timer()
    {
        var contexts = new List<(int Attempt, string Message)>();
        var attempts = 0;
        await using var app = Platform.NewDurableApp()
            .Activity<int>("fail twice", object? (_) => ++attempts < 3 ? throw new InvalidTimeZoneException($"attempt {attempts}") : "third")
            .Orchestrator("main", async context =>
            {
                AsyncRetryHandler handler = async retry =>
                {
                    if (!context.IsReplaying)
                        contexts.Add((retry.LastAttemptNumber, retry.LastFailure.ErrorMessage));
                    await retry.OrchestrationContext.CreateTimer(TimeSpan.FromMinutes(5), CancellationToken.None);
                    return retry.TotalRetryTime < TimeSpan.FromHours(1);
                };
                return await context.CallActivityAsync<string>("fail twice", 1, TaskOptions.FromRetryHandler(handler));
            });
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Equal("third", (await app.GetAsync(id)).ReadOutputAs<string>());
        Assert.Equal([(1, "attempt 1"), (2, "attempt 2")], contexts);
    }

    [Fact]
    public async Task A_sub_orchestration_is_tried_again_under_its_id()
    {
        var attempts = 0;
        await using var app = Platform.NewDurableApp()
            .Activity<int>("count", _ => ++attempts)
            .Orchestrator("child", async context =>
                await context.CallActivityAsync<int>("count") < 2 ? throw new InvalidTimeZoneException("again") : context.InstanceId)
            .Orchestrator("main", async context => await context.CallSubOrchestratorAsync<string>(
                "child", null, TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromMinutes(1))).WithInstanceId("child-1")));
        var id = await app.StartAsync("main");

        await app.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal("child-1", (await app.GetAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public void A_policy_refuses_what_makes_no_sense()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(0, TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, TimeSpan.FromSeconds(1), 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, TimeSpan.FromSeconds(2), 1, TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, TimeSpan.FromSeconds(2), 1, null, TimeSpan.FromSeconds(1)));
    }
}

internal static class RetryPolicyExtensions
{
    public static TaskOptions AsOptions(this RetryPolicy policy) => new(policy);
}
