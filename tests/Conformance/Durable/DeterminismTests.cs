using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Serverless.Conformance.Durable;

public sealed class DeterminismTests
{
    private const string NonDeterministic = "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException";

    [Fact]
    public async Task Another_activity_at_the_replay_fails_the_instance_and_says_what_was_expected()
    {
        var changed = false;
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            await context.CallActivityAsync(changed ? "new" : "old");
            await context.WaitForExternalEvent<string>("go");
            return null;
        });

        var failure = await FailAfter(app, () => changed = true);

        Assert.Contains("activity 'old'", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("activity 'new'", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_kind_of_action_at_the_replay_fails_the_instance()
    {
        var changed = false;
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            if (changed)
                await context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
            await context.CallActivityAsync("old");
            await context.WaitForExternalEvent<string>("go");
            return null;
        });

        var failure = await FailAfter(app, () => changed = true);

        Assert.Contains("activity 'old'", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("timer", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_the_code_no_longer_asks_for_fails_the_instance()
    {
        var changed = false;
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            if (!changed)
                await context.CallActivityAsync("old");
            await context.WaitForExternalEvent<string>("go");
            return null;
        });

        var failure = await FailAfter(app, () => changed = true);

        Assert.Contains("activity 'old'", failure.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("asked for nothing", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_action_that_the_history_does_not_have_fails_the_instance()
    {
        var changed = false;
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            var old = context.CallActivityAsync("old");
            if (changed)
                _ = context.CallActivityAsync("new");
            await old;
            await context.WaitForExternalEvent<string>("go");
            return null;
        });

        var failure = await FailAfter(app, () => changed = true);

        Assert.Contains("holds nothing", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delay")]
    [InlineData("run")]
    [InlineData("configure")]
    [InlineData("never")]
    [InlineData("delay beside an event")]
    [InlineData("touch beside an event")]
    public async Task Awaiting_what_is_not_durable_fails_the_instance_and_says_so(string what)
    {
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            switch (context.GetInput<string>())
            {
                case "delay":
                    await Task.Delay(5);
                    break;
                case "run":
                    await Task.Run(() => Task.Delay(1));
                    break;
                case "configure":
                    await context.CallActivityAsync("old").ConfigureAwait(false);
                    break;
                case "never":
                    await new TaskCompletionSource().Task;
                    break;
                case "delay beside an event":
                    await Task.WhenAny(context.WaitForExternalEvent<string>("go"), Task.Delay(5));
                    break;
                default:
                    _ = Task.Run(() => context.NewGuid());
                    await context.WaitForExternalEvent<string>("go");
                    break;
            }
            return "not durable";
        });

        var ended = await app.RunAsync("main", what);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal("System.InvalidOperationException", ended.FailureDetails!.ErrorType);
        Assert.Contains("invalid asynchronous invocation", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_context_refuses_other_threads()
    {
        TaskOrchestrationContext? leaked = null;
        await using var app = Tasks().Orchestrator("main", context =>
        {
            leaked = context;
            return Task.FromResult<object?>(null);
        });

        await app.RunAsync("main");

        Assert.Throws<InvalidOperationException>(() => { _ = leaked!.CallActivityAsync("old"); });
    }

    [Fact]
    public async Task NewGuid_is_the_same_at_every_replay_and_never_twice_in_one()
    {
        var seen = new List<Guid>();
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            seen.Add(context.NewGuid());
            seen.Add(context.NewGuid());
            await context.CallActivityAsync("old");
            return null;
        });

        await app.RunAsync("main");

        Assert.Equal(4, seen.Count);
        Assert.Equal(2, seen.Distinct().Count());
        Assert.All(seen, id => Assert.Equal(5, id.Version));
    }

    [Fact]
    public async Task IsReplaying_is_true_only_for_what_happened_in_earlier_turns()
    {
        var seen = new List<bool>();
        await using var app = Tasks().Orchestrator("main", async context =>
        {
            seen.Add(context.IsReplaying);
            await context.CallActivityAsync("old");
            seen.Add(context.IsReplaying);
            return null;
        });

        await app.RunAsync("main");

        Assert.Equal([false, true, false], seen);
    }

    [Fact]
    public async Task A_replay_safe_logger_writes_each_line_once()
    {
        var lines = new Lines();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(lines));
        await using var app = new DurableApp(loggers: loggers)
            .Activity<string>("old", _ => "done")
            .Orchestrator("main", async context =>
            {
                var log = context.CreateReplaySafeLogger("main");
#pragma warning disable CA1848, CA1873
                log.LogInformation("before");
                await context.CallActivityAsync("old");
                log.LogInformation("after");
#pragma warning restore CA1848, CA1873
                return null;
            });

        await app.RunAsync("main");

        Assert.Equal(["before", "after"], lines.Written);
    }

    [Fact]
    public async Task A_thousand_steps_end_right()
    {
        await using var app = Platform.NewDurableApp()
            .Activity<int>("next", number => number + 1)
            .Orchestrator("main", async context =>
            {
                var number = 0;
                while (number < 1000)
                    number = await context.CallActivityAsync<int>("next", number);
                return number;
            });

        Assert.Equal(1000, (await app.RunAsync("main")).ReadOutputAs<int>());
    }

    private static DurableApp Tasks() => Platform.NewDurableApp().Activity<string>("old", _ => "done").Activity<string>("new", _ => "done");

    private static async Task<TaskFailureDetails> FailAfter(DurableApp app, Action change)
    {
        var id = await app.StartAsync("main");
        await app.IdleAsync();
        change();
        await app.Client.RaiseEventAsync(id, "go");
        var ended = await app.EndAsync(id);
        Assert.Equal(NonDeterministic, ended.FailureDetails!.ErrorType);
        return ended.FailureDetails;
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
