using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class TimerAndDurableTests
{
    private readonly Seen _seen = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<FunctionsApp> StartAsync(Type functions, Action<FunctionsApplicationBuilder>? configure = null) =>
        FunctionsApp.StartAsync(
            [functions],
            builder =>
            {
                builder.ConfigureFunctionsWebApplication();
                builder.Services.AddSingleton(_seen);
                configure?.Invoke(builder);
            },
            new() { ["Hourly"] = "0 30 * * * *" });

    [Fact]
    public async Task A_timer_runs_at_each_due_time_of_a_moved_clock()
    {
        await using var app = await StartAsync(typeof(TimerFunctions));
        var now = app.Clock.GetUtcNow();
        var first = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerHour)).AddMinutes(now.Minute < 30 ? 30 : 90);
        await app.Clock.AdvanceAsync(TimeSpan.FromHours(3), Cancel);
        Assert.Equal(
            Enumerable.Range(0, 3).Select(hour => $"{first.AddHours(hour):HH:mm:ss} next {first.AddHours(hour + 1):HH:mm:ss} late False"),
            _seen.Drain());
    }

    [Fact]
    public async Task A_timer_may_run_on_startup()
    {
        await using var app = await StartAsync(typeof(StartupTimerFunctions));
        Assert.Equal("ran False", await _seen.NextAsync());
    }

    [Fact]
    public async Task A_failed_timer_is_retried_after_its_delay_and_then_waits_for_the_next_time()
    {
        await using var app = await StartAsync(typeof(RetriedTimerFunctions));
        await app.Clock.AdvanceAsync(TimeSpan.FromHours(1), Cancel);
        var now = app.Clock.GetUtcNow();
        await app.Clock.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromTicks(now.Ticks % TimeSpan.TicksPerHour) - TimeSpan.FromSeconds(1), Cancel);
        Assert.Equal(["00 try 0 of 2", "10 try 1 of 2", "20 try 2 of 2"], _seen.Drain());
    }

    [Fact]
    public async Task An_orchestration_runs_from_http_through_a_timer_an_activity_and_an_event()
    {
        await using var app = await StartAsync(typeof(DurableFunctionsUnderTest), builder => builder.UseMiddleware(async (context, next) =>
        {
            _seen.Add(context.FunctionDefinition.Name);
            await next();
        }));
        var id = await (await app.PostAsync("/api/greetings/Ada")).Content.ReadAsStringAsync(Cancel);
        await app.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel);
        Assert.Equal(["StartGreeting", "Greeting"], _seen.Drain());

        await app.Clock.AdvanceAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Equal(["Greeting", "Greet", "Greeting"], _seen.Drain());

        await app.DurableTaskClient.RaiseEventAsync(id, "Answer", "bye", Cancel);
        var done = await app.DurableTaskClient.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Cancel);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal("Hello Ada x2 from True, bye", done.ReadOutputAs<string>());
    }
}
