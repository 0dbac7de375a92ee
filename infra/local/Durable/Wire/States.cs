using DurableTask.Core;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable.Wire;

/// <summary>An instance's state as the worker's client reads it.</summary>
internal static class States
{
    public static P.OrchestrationState ToProto(this OrchestrationState core, bool inputsAndOutputs)
    {
        var proto = new P.OrchestrationState
        {
            InstanceId = core.OrchestrationInstance.InstanceId,
            ExecutionId = core.OrchestrationInstance.ExecutionId,
            Name = core.Name,
            Version = core.Version,
            OrchestrationStatus = (P.OrchestrationStatus)core.OrchestrationStatus,
            CreatedTimestamp = HistoryToProto.ToTimestamp(core.CreatedTime),
            LastUpdatedTimestamp = HistoryToProto.ToTimestamp(core.LastUpdatedTime),
            ScheduledStartTimestamp = core.ScheduledStartTime is { } time ? HistoryToProto.ToTimestamp(time) : null,
            ParentInstanceId = core.ParentInstance?.OrchestrationInstance.InstanceId,
        };
        if (inputsAndOutputs)
        {
            proto.Input = core.Input;
            proto.Output = core.Output;
            proto.CustomStatus = core.Status;
            proto.FailureDetails = Failures.ToProto(core.FailureDetails);
        }
        proto.Tags.Add(core.Tags ?? new Dictionary<string, string>());
        return proto;
    }

    public static bool IsFinished(this OrchestrationStatus status) =>
        status
            is OrchestrationStatus.Completed
                or OrchestrationStatus.Failed
                or OrchestrationStatus.Terminated
                or OrchestrationStatus.Canceled;
}
