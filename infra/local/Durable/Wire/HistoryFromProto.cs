using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Tracing;
using Google.Protobuf.Collections;
using Kind = Microsoft.DurableTask.Protobuf.HistoryEvent.EventTypeOneofCase;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable.Wire;

/// <summary>The way back from <see cref="HistoryToProto"/>.</summary>
internal static class HistoryFromProto
{
    /// <exception cref="NotSupportedException">An event that is not written (entities, state dumps).</exception>
    public static HistoryEvent ToCore(this P.HistoryEvent proto)
    {
        var core = Create(proto, proto.EventId);
        core.Timestamp = proto.Timestamp.ToDateTime();
        return core;
    }

    public static OrchestrationInstance ToCore(this P.OrchestrationInstance proto) =>
        new() { InstanceId = proto.InstanceId, ExecutionId = proto.ExecutionId };

    public static IDictionary<string, string>? ToCore(this MapField<string, string> tags) =>
        tags.Count == 0 ? null : new Dictionary<string, string>(tags);

    private static HistoryEvent Create(P.HistoryEvent proto, int id) =>
        proto.EventTypeCase switch
        {
            Kind.OrchestratorStarted => new OrchestratorStartedEvent(id),
            Kind.OrchestratorCompleted => new OrchestratorCompletedEvent(id),
            Kind.TaskScheduled => new TaskScheduledEvent(
                id,
                proto.TaskScheduled.Name,
                proto.TaskScheduled.Version,
                proto.TaskScheduled.Input
            )
            {
                Tags = proto.TaskScheduled.Tags.ToCore(),
                ParentTraceContext = ToCore(proto.TaskScheduled.ParentTraceContext),
            },
            Kind.TaskCompleted => new TaskCompletedEvent(
                id,
                proto.TaskCompleted.TaskScheduledId,
                proto.TaskCompleted.Result
            ),
            Kind.TaskFailed => new TaskFailedEvent(
                id,
                proto.TaskFailed.TaskScheduledId,
                proto.TaskFailed.FailureDetails?.ErrorMessage,
                null,
                Failures.ToCore(proto.TaskFailed.FailureDetails)
            ),
            Kind.TimerCreated => new TimerCreatedEvent(id, proto.TimerCreated.FireAt.ToDateTime()),
            Kind.TimerFired => new TimerFiredEvent(id, proto.TimerFired.FireAt.ToDateTime())
            {
                TimerId = proto.TimerFired.TimerId,
            },
            Kind.EventRaised => new EventRaisedEvent(id, proto.EventRaised.Input) { Name = proto.EventRaised.Name },
            Kind.EventSent => new EventSentEvent(id)
            {
                InstanceId = proto.EventSent.InstanceId,
                Name = proto.EventSent.Name,
                Input = proto.EventSent.Input,
            },
            Kind.GenericEvent => new GenericEvent(id, proto.GenericEvent.Data),
            _ => CreateExecution(proto, id),
        };

    private static HistoryEvent CreateExecution(P.HistoryEvent proto, int id) =>
        proto.EventTypeCase switch
        {
            Kind.ExecutionStarted => Started(proto.ExecutionStarted, id),
            Kind.ContinueAsNew => new ContinueAsNewEvent(id, proto.ContinueAsNew.Input),
            Kind.ExecutionCompleted => new ExecutionCompletedEvent(
                id,
                proto.ExecutionCompleted.Result,
                (OrchestrationStatus)proto.ExecutionCompleted.OrchestrationStatus,
                Failures.ToCore(proto.ExecutionCompleted.FailureDetails)
            ),
            Kind.ExecutionTerminated => new ExecutionTerminatedEvent(id, proto.ExecutionTerminated.Input),
            Kind.ExecutionSuspended => new ExecutionSuspendedEvent(id, proto.ExecutionSuspended.Input),
            Kind.ExecutionResumed => new ExecutionResumedEvent(id, proto.ExecutionResumed.Input),
            Kind.SubOrchestrationInstanceCreated => new SubOrchestrationInstanceCreatedEvent(id)
            {
                InstanceId = proto.SubOrchestrationInstanceCreated.InstanceId,
                Name = proto.SubOrchestrationInstanceCreated.Name,
                Version = proto.SubOrchestrationInstanceCreated.Version,
                Input = proto.SubOrchestrationInstanceCreated.Input,
                Tags = proto.SubOrchestrationInstanceCreated.Tags.ToCore(),
            },
            Kind.SubOrchestrationInstanceCompleted => new SubOrchestrationInstanceCompletedEvent(
                id,
                proto.SubOrchestrationInstanceCompleted.TaskScheduledId,
                proto.SubOrchestrationInstanceCompleted.Result
            ),
            Kind.SubOrchestrationInstanceFailed => new SubOrchestrationInstanceFailedEvent(
                id,
                proto.SubOrchestrationInstanceFailed.TaskScheduledId,
                proto.SubOrchestrationInstanceFailed.FailureDetails?.ErrorMessage,
                null,
                Failures.ToCore(proto.SubOrchestrationInstanceFailed.FailureDetails)
            ),
            _ => throw new NotSupportedException(
                $"A history event of type {proto.EventTypeCase} has no form in the engine."
            ),
        };

    private static ExecutionStartedEvent Started(P.ExecutionStartedEvent proto, int id) =>
        new(id, proto.Input)
        {
            Name = proto.Name,
            Version = proto.Version,
            OrchestrationInstance = proto.OrchestrationInstance.ToCore(),
            ScheduledStartTime = proto.ScheduledStartTimestamp?.ToDateTime(),
            ParentTraceContext = ToCore(proto.ParentTraceContext),
            Tags = proto.Tags.ToCore(),
            ParentInstance = proto.ParentInstance is not { } parent
                ? null
                : new ParentInstance
                {
                    Name = parent.Name,
                    Version = parent.Version,
                    TaskScheduleId = parent.TaskScheduledId,
                    OrchestrationInstance = parent.OrchestrationInstance.ToCore(),
                },
        };

    private static DistributedTraceContext? ToCore(P.TraceContext? proto) =>
        proto is null ? null : new DistributedTraceContext(proto.TraceParent, proto.TraceState);
}
