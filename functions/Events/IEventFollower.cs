using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Events;

/// <summary>What follows an event: starting or waking an orchestration, keeping an index. Each is asked for every event; each step may run twice.</summary>
internal interface IEventFollower
{
    /// <summary>Does what this event asks for; nothing for the others.</summary>
    Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct);
}

/// <summary>Starting an orchestration whose id is that of the record that it serves.</summary>
internal static class Orchestrations
{
    /// <summary>Starts it unless it was ever started: a second start of a living id could replace it.</summary>
    public static async Task StartOnceAsync(this DurableTaskClient durable, string name, string instanceId, object input, CancellationToken ct)
    {
        var options = new Microsoft.DurableTask.StartOrchestrationOptions(instanceId).WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(name, input, options, ct);
        }
        catch (DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException)
        {
            // An earlier run of the follow-up started it.
        }
    }
}
