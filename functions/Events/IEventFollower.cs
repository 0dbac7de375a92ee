using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Events;

/// <summary>
/// What follows an event: starting or waking an orchestration, keeping an index. Each is asked for every event; each
/// step may run twice.
/// </summary>
internal interface IEventFollower
{
    /// <summary>Does what this event asks for; nothing for the others.</summary>
    Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct);
}

/// <summary>Starting and waking orchestrations whose id is that of the record that they serve.</summary>
internal static class Orchestrations
{
    /// <summary>Starts one unless it was ever started: a second start of a living id could replace it.</summary>
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
            // By an earlier run of the follow-up, or by this very call, whose answer was lost.
            if (await durable.FindAsync(instanceId, ct) is null)
                throw;
        }
    }

    /// <summary>
    /// Wakes one. Where none waits, because it has ended or was never started, nothing is to be done: an event only
    /// wakes, what happened stands in the tables.
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
            // The engine may refuse an event that nobody waits for, by an error of its own kind; so that is looked up.
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
