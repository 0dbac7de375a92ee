using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Tracing;
using Google.Protobuf.WellKnownTypes;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable.Wire;

/// <summary>The engine's history as the worker reads it, which is also how the embedded store keeps it.</summary>
internal static class HistoryToProto
{
    /// <exception cref="NotSupportedException">An event that neither the engine nor a worker makes for orchestrations
    /// (entities, state dumps).</exception>
    public static P.HistoryEvent ToProto(this HistoryEvent core)
    {
        var proto = new P.HistoryEvent { EventId = core.EventId, Timestamp = ToTimestamp(core.Timestamp) };
        switch (core)
        {
            case OrchestratorStartedEvent:
                proto.OrchestratorStarted = new();
                break;
            case OrchestratorCompletedEvent:
                proto.OrchestratorCompleted = new();
                break;
            case TaskScheduledEvent e:
                proto.TaskScheduled = new()
                {
                    Name = e.Name,
                    Version = e.Version,
                    Input = e.Input,
                    ParentTraceContext = ToProto(e.ParentTraceContext),
                };
                proto.TaskScheduled.Tags.Add(e.Tags ?? new Dictionary<string, string>());
                break;
            case TaskCompletedEvent e:
                proto.TaskCompleted = new() { TaskScheduledId = e.TaskScheduledId, Result = e.Result };
                break;
            case TaskFailedEvent e:
                proto.TaskFailed = new()
                {
                    TaskScheduledId = e.TaskScheduledId,
                    FailureDetails = Failures.ToProto(e.FailureDetails),
                };
                break;
            case TimerCreatedEvent e:
                proto.TimerCreated = new() { FireAt = ToTimestamp(e.FireAt) };
                break;
            case TimerFiredEvent e:
                proto.TimerFired = new() { TimerId = e.TimerId, FireAt = ToTimestamp(e.FireAt) };
                break;
            case EventRaisedEvent e:
                proto.EventRaised = new() { Name = e.Name, Input = e.Input };
                break;
            case EventSentEvent e:
                proto.EventSent = new()
                {
                    InstanceId = e.InstanceId,
                    Name = e.Name,
                    Input = e.Input,
                };
                break;
            case GenericEvent e:
                proto.GenericEvent = new() { Data = e.Data };
                break;
            default:
                SetExecution(proto, core);
                break;
        }
        return proto;
    }

    public static Timestamp ToTimestamp(DateTime time) =>
        Timestamp.FromDateTime(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    public static P.OrchestrationInstance ToProto(this OrchestrationInstance core) =>
        new() { InstanceId = core.InstanceId, ExecutionId = core.ExecutionId };

    private static void SetExecution(P.HistoryEvent proto, HistoryEvent core)
    {
        switch (core)
        {
            case ExecutionStartedEvent e:
                proto.ExecutionStarted = Started(e);
                break;
            // Before its base class, the completion.
            case ContinueAsNewEvent e:
                proto.ContinueAsNew = new() { Input = e.Result };
                break;
            case ExecutionCompletedEvent e:
                proto.ExecutionCompleted = new()
                {
                    OrchestrationStatus = (P.OrchestrationStatus)e.OrchestrationStatus,
                    Result = e.Result,
                    FailureDetails = Failures.ToProto(e.FailureDetails),
                };
                break;
            case ExecutionTerminatedEvent e:
                proto.ExecutionTerminated = new() { Input = e.Input };
                break;
            case ExecutionSuspendedEvent e:
                proto.ExecutionSuspended = new() { Input = e.Reason };
                break;
            case ExecutionResumedEvent e:
                proto.ExecutionResumed = new() { Input = e.Reason };
                break;
            case SubOrchestrationInstanceCreatedEvent e:
                proto.SubOrchestrationInstanceCreated = new()
                {
                    InstanceId = e.InstanceId,
                    Name = e.Name,
                    Version = e.Version,
                    Input = e.Input,
                };
                proto.SubOrchestrationInstanceCreated.Tags.Add(e.Tags ?? new Dictionary<string, string>());
                break;
            case SubOrchestrationInstanceCompletedEvent e:
                proto.SubOrchestrationInstanceCompleted = new()
                {
                    TaskScheduledId = e.TaskScheduledId,
                    Result = e.Result,
                };
                break;
            case SubOrchestrationInstanceFailedEvent e:
                proto.SubOrchestrationInstanceFailed = new()
                {
                    TaskScheduledId = e.TaskScheduledId,
                    FailureDetails = Failures.ToProto(e.FailureDetails),
                };
                break;
            default:
                throw new NotSupportedException(
                    $"A history event of type {core.EventType} has no form that a worker reads."
                );
        }
    }

    private static P.ExecutionStartedEvent Started(ExecutionStartedEvent core)
    {
        var proto = new P.ExecutionStartedEvent
        {
            Name = core.Name,
            Version = core.Version,
            Input = core.Input,
            OrchestrationInstance = core.OrchestrationInstance.ToProto(),
            ScheduledStartTimestamp = core.ScheduledStartTime is { } time ? ToTimestamp(time) : null,
            ParentTraceContext = ToProto(core.ParentTraceContext),
        };
        if (core.ParentInstance is { } parent)
        {
            proto.ParentInstance = new()
            {
                Name = parent.Name,
                Version = parent.Version,
                TaskScheduledId = parent.TaskScheduleId,
                OrchestrationInstance = parent.OrchestrationInstance.ToProto(),
            };
        }
        proto.Tags.Add(core.Tags ?? new Dictionary<string, string>());
        return proto;
    }

    private static P.TraceContext? ToProto(DistributedTraceContext? context) =>
        context is null
            ? null
            : new P.TraceContext { TraceParent = context.TraceParent, TraceState = context.TraceState };
}
