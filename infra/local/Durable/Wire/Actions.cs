using DurableTask.Core;
using DurableTask.Core.Command;
using DurableTask.Core.History;
using Kind = Microsoft.DurableTask.Protobuf.OrchestratorAction.OrchestratorActionTypeOneofCase;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable.Wire;

/// <summary>What a worker's orchestrator decided, as the engine reads it.</summary>
internal static class Actions
{
    /// <exception cref="NotSupportedException">Something that the engine cannot do (entities; ending another instance
    /// from within an orchestrator).</exception>
    public static OrchestratorAction ToCore(this P.OrchestratorAction proto) =>
        proto.OrchestratorActionTypeCase switch
        {
            Kind.ScheduleTask => new ScheduleTaskOrchestratorAction
            {
                Id = proto.Id,
                Name = proto.ScheduleTask.Name,
                Version = proto.ScheduleTask.Version,
                Input = proto.ScheduleTask.Input,
                Tags = proto.ScheduleTask.Tags.ToCore(),
            },
            Kind.CreateTimer => new CreateTimerOrchestratorAction
            {
                Id = proto.Id,
                FireAt = proto.CreateTimer.FireAt.ToDateTime(),
            },
            Kind.CreateSubOrchestration => new CreateSubOrchestrationAction
            {
                Id = proto.Id,
                Name = proto.CreateSubOrchestration.Name,
                Version = proto.CreateSubOrchestration.Version,
                InstanceId = proto.CreateSubOrchestration.InstanceId,
                Input = proto.CreateSubOrchestration.Input,
                Tags = proto.CreateSubOrchestration.Tags.ToCore(),
            },
            Kind.SendEvent => new SendEventOrchestratorAction
            {
                Id = proto.Id,
                Instance = proto.SendEvent.Instance.ToCore(),
                EventName = proto.SendEvent.Name,
                EventData = proto.SendEvent.Data,
            },
            Kind.CompleteOrchestration => Completion(proto.CompleteOrchestration, proto.Id),
            _ => throw new NotSupportedException(
                $"An orchestrator's action of type {proto.OrchestratorActionTypeCase} is not supported."
            ),
        };

    private static OrchestrationCompleteOrchestratorAction Completion(P.CompleteOrchestrationAction proto, int id)
    {
        var core = new OrchestrationCompleteOrchestratorAction
        {
            Id = id,
            OrchestrationStatus = (OrchestrationStatus)proto.OrchestrationStatus,
            Result = proto.Result,
            Details = proto.Details,
            FailureDetails = Failures.ToCore(proto.FailureDetails),
            NewVersion = proto.NewVersion,
        };
        foreach (var (name, value) in proto.Tags)
            core.Tags[name] = value;

        // Events that nobody has waited for yet go into the next generation; they are the only ones that can.
        foreach (var carried in proto.CarryoverEvents.Where(carried => carried.EventRaised is not null))
            core.CarryoverEvents.Add(
                new EventRaisedEvent(carried.EventId, carried.EventRaised.Input) { Name = carried.EventRaised.Name }
            );
        return core;
    }
}
