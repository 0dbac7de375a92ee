using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;

namespace Serverless.Local.Durable;

internal sealed record DurableEngineOptions
{
    public int MaxConcurrentActivityFunctions { get; init; } = 32;

    public int MaxConcurrentOrchestratorFunctions { get; init; } = 32;

    /// <summary>As the worker's default serializer: JSON that reads property names in any case.</summary>
    public DataConverter DataConverter { get; init; } = new JsonDataConverter(new JsonSerializerOptions { PropertyNameCaseInsensitive = true });

    /// <summary>Longer timers are made of several.</summary>
    public TimeSpan MaximumTimerInterval { get; init; } = TimeSpan.FromDays(3);
}

/// <summary>One instance, as a status page shows it.</summary>
/// <param name="Timers">When the open timers are due.</param>
/// <param name="Events">The names of the events it waits for.</param>
/// <param name="CustomStatus">Serialized.</param>
internal sealed record InstanceStatus(
    string Id,
    string Name,
    OrchestrationRuntimeStatus Status,
    DateTimeOffset Created,
    DateTimeOffset LastUpdated,
    IReadOnlyList<DateTimeOffset> Timers,
    IReadOnlyList<string> Events,
    string? CustomStatus);
