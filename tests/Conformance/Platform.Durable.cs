using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Durable;
using Serverless.Local.State;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance;

internal static partial class Platform
{
    /// <summary>A task hub of its own, with no tasks yet. Registers like <c>DurableTaskRegistry.AddOrchestratorFunc</c> and <c>AddActivityFunc</c>.</summary>
    public static DurableApp NewDurableApp() => new();
}

/// <summary>Orchestrators and activities as plain functions, their client, and a clock that can be moved.</summary>
/// <param name="journal">Where the state is kept; null for a test that never restarts.</param>
internal sealed class DurableApp(string? journal = null, LocalClock? clock = null, ILoggerFactory? loggers = null) : IDurableFunctions, IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };
    private readonly Dictionary<string, Func<TaskOrchestrationContext, Task<object?>>> _orchestrators = [];
    private readonly Dictionary<string, Func<string?, Task<object?>>> _activities = [];
    private readonly LocalClock _clock = clock ?? new LocalClock();
    private Journal? _journal;
    private DurableEngine? _engine;

    public DurableTaskClient Client => Engine.Client;

    public DateTimeOffset Now => _clock.GetUtcNow();

    internal DurableEngine Engine
    {
        get
        {
            lock (_orchestrators)
                return _engine ?? Start();
        }
    }

    public DurableApp Orchestrator(string name, Func<TaskOrchestrationContext, Task<object?>> code)
    {
        _orchestrators[name] = code;
        return this;
    }

    public DurableApp Activity<TInput>(string name, Func<TInput?, object?> code) => Activity<TInput>(name, input => Task.FromResult(code(input)));

    public DurableApp Activity<TInput>(string name, Func<TInput?, Task<object?>> code)
    {
        _activities[name] = input => code(input is null ? default : JsonSerializer.Deserialize<TInput>(input, Json));
        return this;
    }

    public Task AdvanceAsync(TimeSpan by)
    {
        _ = Engine;
        return _clock.AdvanceAsync(by);
    }

    /// <summary>Waits until nothing is under way: what waits for a timer or an event waits.</summary>
    public async Task IdleAsync()
    {
        _ = Engine;
        Assert.True(await _clock.WhenIdleAsync(TimeSpan.FromSeconds(30)));
    }

    public Task<string> StartAsync(string name, object? input = null, string? id = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id));

    public async Task<OrchestrationMetadata> EndAsync(string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
    }

    /// <summary>Runs an orchestrator to its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null) => await EndAsync(await StartAsync(name, input));

    public async Task<OrchestrationMetadata> GetAsync(string id) =>
        await Client.GetInstanceAsync(id, getInputsAndOutputs: true) ?? throw new InvalidOperationException($"There is no instance {id}.");

    /// <summary>From here on nothing can be kept: as if the disk were full.</summary>
    public ValueTask CloseJournalAsync() => _journal!.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        if (_journal is not null)
            await _journal.DisposeAsync();
        if (clock is null)
            _clock.Dispose();
    }

    bool IDurableFunctions.HasOrchestrator(string name) => _orchestrators.ContainsKey(name);

    bool IDurableFunctions.HasActivity(string name) => _activities.ContainsKey(name);

    Task<object?> IDurableFunctions.RunOrchestratorAsync(string name, TaskOrchestrationContext context) => _orchestrators[name](context);

    Task<object?> IDurableFunctions.RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellationToken) =>
        _activities[name](serializedInput);

    private DurableEngine Start()
    {
        var engine = new DurableEngine(this, _clock, new DurableEngineOptions(), loggers ?? NullLoggerFactory.Instance);
        _journal = Journal.Open(journal, [engine]);
        engine.Attach(_journal);
        _clock.AddBusyProbe(() => engine.IsBusy);
        _engine = engine;
        engine.Start();
        return engine;
    }
}
