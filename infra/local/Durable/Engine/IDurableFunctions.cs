using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>What the engine runs: the functions host supplies it.</summary>
internal interface IDurableFunctions
{
    bool HasOrchestrator(string name);

    bool HasActivity(string name);

    /// <summary>Called on the engine's orchestrator thread at every replay; must not leave it.</summary>
    Task<object?> RunOrchestratorAsync(string name, TaskOrchestrationContext context);

    Task<object?> RunActivityAsync(string name, string instanceId, string? serializedInput, CancellationToken cancellationToken);
}
