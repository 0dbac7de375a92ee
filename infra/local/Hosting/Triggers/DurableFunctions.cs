using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Local.Durable;

namespace Serverless.Local.Hosting;

/// <summary>The app's orchestrators and activities, as the engine calls them.</summary>
internal sealed class DurableFunctions : IDurableFunctions
{
    /// <summary>Names that an activity's parameters can be bound to besides its input.</summary>
    public static readonly HashSet<string> ActivityData = new(StringComparer.OrdinalIgnoreCase) { "instanceId" };

    private readonly Dictionary<string, LocalFunctionDefinition> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, LocalFunctionDefinition> _activities = new(StringComparer.OrdinalIgnoreCase);
    private readonly InvocationPipeline _pipeline;

    public DurableFunctions(IEnumerable<LocalFunctionDefinition> functions, InvocationPipeline pipeline)
    {
        _pipeline = pipeline;
        foreach (var function in functions)
        {
            var added = function.Trigger switch
            {
                OrchestrationTriggerAttribute orchestration => _orchestrators.TryAdd(orchestration.Orchestration ?? function.Name, function),
                ActivityTriggerAttribute activity => _activities.TryAdd(activity.Activity ?? function.Name, function),
                _ => true,
            };
            if (!added)
                throw new StartupException($"Function '{function.Name}' ({function.EntryPoint}) takes the orchestration or activity name of another one. Give each a name of its own.");
        }
    }

    public bool HasOrchestrator(string name) => _orchestrators.ContainsKey(name);

    public bool HasActivity(string name) => _activities.ContainsKey(name);

    // No ConfigureAwait(false) and nothing truly asynchronous of our own: the orchestrator must stay on the engine's thread.
    public async Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context)
    {
        using var invocation = _pipeline.Create(_orchestrators[name], context, CancellationToken.None);
        await _pipeline.RunAsync(invocation);
        return invocation.Result.Value;
    }

    public async Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken ct)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = instanceId };
        await using var invocation = _pipeline.Create(_activities[name], serializedInput, ct, data);
        await _pipeline.RunCountedAsync(invocation);
        return invocation.Result.Value;
    }
}
