using DurableTask.Core;

namespace Serverless.Local.Durable;

/// <summary>An instance as a status page shows it.</summary>
internal sealed record DurableInstance
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required OrchestrationStatus Status { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset LastUpdatedAt { get; init; }

    /// <summary>What it returned, or the text of its failure.</summary>
    public string? Output { get; init; }

    public string? CustomStatus { get; init; }

    /// <summary>
    /// When what it waits for falls due: timers, or its scheduled start. Only the embedded store says so.
    /// </summary>
    public IReadOnlyList<DateTimeOffset> Timers { get; init; } = [];

    /// <summary>Activities that are queued or running. Only the embedded store says so.</summary>
    public IReadOnlyList<string> Activities { get; init; } = [];

    public static DurableInstance Of(OrchestrationState state) =>
        new()
        {
            Id = state.OrchestrationInstance.InstanceId,
            Name = state.Name,
            Status = state.OrchestrationStatus,
            CreatedAt = new DateTimeOffset(DateTime.SpecifyKind(state.CreatedTime, DateTimeKind.Utc)),
            LastUpdatedAt = new DateTimeOffset(DateTime.SpecifyKind(state.LastUpdatedTime, DateTimeKind.Utc)),
            Output = state.Output,
            CustomStatus = state.Status,
        };
}
