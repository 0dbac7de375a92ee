using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Events;

/// <summary>
/// A follow-up of events, such as starting or waking an orchestration or updating an index. Every follower gets every
/// event, possibly more than once, so each step must be idempotent.
/// </summary>
internal interface IEventFollower
{
    /// <summary>Does the work for this event; ignores events that do not concern it.</summary>
    Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct);
}

/// <summary>Starts and wakes orchestrations. An instance has the id of the record that it serves.</summary>
internal static class Orchestrations
{
    /// <summary>
    /// Starts an instance unless it was ever started, because a second start could replace the running one.
    /// </summary>
    public static async Task StartOnceAsync(
        this DurableTaskClient durable,
        string name,
        string instanceId,
        object input,
        CancellationToken ct
    )
    {
        var options = new Microsoft.DurableTask.StartOrchestrationOptions(instanceId).WithDedupeStatuses([
            .. StartOrchestrationOptionsExtensions.ValidDedupeStatuses,
        ]);
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(name, input, options, ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // If it exists, an earlier run of the follow-up started it, or this call did and its answer was lost.
            if (await durable.FindAsync(instanceId, ct) is null)
                throw;
        }
    }

    /// <summary>
    /// Wakes an instance. If it has ended or was never started, there is nothing to do: the event carries no data,
    /// because the instance reads what happened from the tables.
    /// </summary>
    public static async Task WakeAsync(
        this DurableTaskClient durable,
        string instanceId,
        string eventName,
        string payload,
        CancellationToken ct
    )
    {
        try
        {
            await durable.RaiseEventAsync(instanceId, eventName, payload, ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // Durable Task reports an event to an ended instance with various errors, so the instance's state decides.
            if (await durable.FindAsync(instanceId, ct) is { IsCompleted: false })
                throw;
        }
    }

    private static Task<OrchestrationMetadata?> FindAsync(
        this DurableTaskClient durable,
        string instanceId,
        CancellationToken ct
    ) => durable.GetInstanceAsync(instanceId, getInputsAndOutputs: false, ct);
}
