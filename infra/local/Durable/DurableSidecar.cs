using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using DurableTask.Core.Tracing;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Serverless.Local.Durable.Wire;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable;

/// <summary>
/// What the worker's <c>DurableTaskClient</c> talks to, over either store. Its answers, failures included, are those
/// of the Durable extension of the real host (seen in version 3.18).
/// </summary>
internal sealed class DurableSidecar(IOrchestrationServiceClient store, DurableOptions options)
    : P.TaskHubSidecarService.TaskHubSidecarServiceBase
{
    /// <summary>Between looks at an instance that has not begun; the real host looks every second.</summary>
    private static readonly TimeSpan StartPollingInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>A living instance is never replaced, whatever the client's policy says.</summary>
    private static readonly OrchestrationStatus[] Living =
    [
        OrchestrationStatus.Running,
        OrchestrationStatus.ContinuedAsNew,
        OrchestrationStatus.Pending,
        OrchestrationStatus.Suspended,
    ];

    public override Task<Empty> Hello(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    public override async Task<P.CreateInstanceResponse> StartInstance(
        P.CreateInstanceRequest request,
        ServerCallContext context
    )
    {
        var start = new ExecutionStartedEvent(-1, request.Input)
        {
            Name = request.Name,
            Version = request.Version ?? options.DefaultVersion,
            OrchestrationInstance = NewExecution(request.InstanceId),
            ScheduledStartTime = request.ScheduledStartTimestamp?.ToDateTime(),
            Tags = request.Tags.ToCore(),
            ParentTraceContext = request.ParentTraceContext is { } trace
                ? new DistributedTraceContext(trace.TraceParent, trace.TraceState)
                : null,
        };
        var replaceable = request.OrchestrationIdReusePolicy?.ReplaceableStatus.Select(status =>
            (OrchestrationStatus)status
        );
        OrchestrationStatus[] kept = replaceable is null
            ? Living
            : [.. System.Enum.GetValues<OrchestrationStatus>().Except(replaceable).Union(Living)];
        try
        {
            return new P.CreateInstanceResponse { InstanceId = await CreateAsync(start, kept).ConfigureAwait(false) };
        }
        catch (OrchestrationAlreadyExistsException)
        {
            throw Failure(
                StatusCode.AlreadyExists,
                $"An Orchestration instance with the ID {request.InstanceId} already exists."
            );
        }
    }

    public override async Task<P.RaiseEventResponse> RaiseEvent(P.RaiseEventRequest request, ServerCallContext context)
    {
        var state = await FindAsync(request.InstanceId).ConfigureAwait(false);
        if (state?.OrchestrationStatus.IsFinished() == false)
            await SendAsync(request.InstanceId, new EventRaisedEvent(-1, request.Input) { Name = request.Name })
                .ConfigureAwait(false);
        else if (state is null && options.ThrowStatusExceptionsOnRaiseEvent)
            throw Failure(StatusCode.NotFound, NotFoundText(request.InstanceId));
        else if (options.ThrowStatusExceptionsOnRaiseEvent)
            throw Failure(
                StatusCode.FailedPrecondition,
                "The orchestration instance with the provided instance id is not running."
            );
        return new P.RaiseEventResponse();
    }

    public override async Task<P.TerminateResponse> TerminateInstance(
        P.TerminateRequest request,
        ServerCallContext context
    )
    {
        await ControlAsync(
                request.InstanceId,
                "terminate",
                status => !status.IsFinished(),
                new ExecutionTerminatedEvent(-1, request.Output)
            )
            .ConfigureAwait(false);
        return new P.TerminateResponse();
    }

    public override async Task<P.SuspendResponse> SuspendInstance(P.SuspendRequest request, ServerCallContext context)
    {
        await ControlAsync(
                request.InstanceId,
                "suspend",
                status => !status.IsFinished() && status != OrchestrationStatus.Suspended,
                new ExecutionSuspendedEvent(-1, request.Reason)
            )
            .ConfigureAwait(false);
        return new P.SuspendResponse();
    }

    public override async Task<P.ResumeResponse> ResumeInstance(P.ResumeRequest request, ServerCallContext context)
    {
        await ControlAsync(
                request.InstanceId,
                "resume",
                status => status == OrchestrationStatus.Suspended,
                new ExecutionResumedEvent(-1, request.Reason)
            )
            .ConfigureAwait(false);
        return new P.ResumeResponse();
    }

    public override async Task<P.GetInstanceResponse> GetInstance(
        P.GetInstanceRequest request,
        ServerCallContext context
    ) => Answer(await FindAsync(request.InstanceId).ConfigureAwait(false), request);

    public override async Task<P.GetInstanceResponse> WaitForInstanceStart(
        P.GetInstanceRequest request,
        ServerCallContext context
    )
    {
        while (true)
        {
            var state = await FindAsync(request.InstanceId).ConfigureAwait(false);
            if (state is { OrchestrationStatus: not OrchestrationStatus.Pending })
                return Answer(state, request);
            await Task.Delay(StartPollingInterval, context.CancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task<P.GetInstanceResponse> WaitForInstanceCompletion(
        P.GetInstanceRequest request,
        ServerCallContext context
    )
    {
        var state = await store
            .WaitForOrchestrationAsync(request.InstanceId, null, Timeout.InfiniteTimeSpan, context.CancellationToken)
            .ConfigureAwait(false);
        return Answer(state, request);
    }

    public override async Task<P.QueryInstancesResponse> QueryInstances(
        P.QueryInstancesRequest request,
        ServerCallContext context
    )
    {
        var asked = request.Query;
        var query = new OrchestrationQuery
        {
            RuntimeStatus =
                asked.RuntimeStatus.Count == 0
                    ? null
                    : [.. asked.RuntimeStatus.Select(status => (OrchestrationStatus)status)],
            CreatedTimeFrom = asked.CreatedTimeFrom?.ToDateTime(),
            CreatedTimeTo = asked.CreatedTimeTo?.ToDateTime(),
            TaskHubNames = asked.TaskHubNames.Count == 0 ? null : asked.TaskHubNames,
            PageSize = asked.MaxInstanceCount,
            ContinuationToken = asked.ContinuationToken,
            InstanceIdPrefix = asked.InstanceIdPrefix,
            FetchInputsAndOutputs = asked.FetchInputsAndOutputs,
            ExcludeEntities = true,
        };
        var found = await ((IOrchestrationServiceQueryClient)store)
            .GetOrchestrationWithQueryAsync(query, context.CancellationToken)
            .ConfigureAwait(false);
        var response = new P.QueryInstancesResponse { ContinuationToken = found.ContinuationToken };
        response.OrchestrationState.AddRange(
            found.OrchestrationState.Select(state => state.ToProto(asked.FetchInputsAndOutputs))
        );
        return response;
    }

    public override async Task<P.PurgeInstancesResponse> PurgeInstances(
        P.PurgeInstancesRequest request,
        ServerCallContext context
    )
    {
        var purge = (IOrchestrationServicePurgeClient)store;
        var result = request.RequestCase switch
        {
            P.PurgeInstancesRequest.RequestOneofCase.InstanceId => await PurgeAsync(request.InstanceId)
                .ConfigureAwait(false),
            P.PurgeInstancesRequest.RequestOneofCase.PurgeInstanceFilter => await purge
                .PurgeInstanceStateAsync(ToCore(request.PurgeInstanceFilter))
                .ConfigureAwait(false),
            _ => throw Failure(StatusCode.InvalidArgument, $"Unknown purge request type '{request.RequestCase}'."),
        };
        return new P.PurgeInstancesResponse
        {
            DeletedInstanceCount = result.DeletedInstanceCount,
            IsComplete = result.IsComplete,
        };
    }

    public override async Task<P.RestartInstanceResponse> RestartInstance(
        P.RestartInstanceRequest request,
        ServerCallContext context
    )
    {
        var state =
            await FindAsync(request.InstanceId).ConfigureAwait(false)
            ?? throw Failure(StatusCode.NotFound, "ArgumentException: " + NotFoundText(request.InstanceId));
        var start = new ExecutionStartedEvent(-1, state.Input)
        {
            Name = state.Name,
            Version = options.DefaultVersion,
            OrchestrationInstance = NewExecution(request.RestartWithNewInstanceId ? null : request.InstanceId),
            Tags = state.Tags,
        };
        try
        {
            return new P.RestartInstanceResponse
            {
                InstanceId = await CreateAsync(start, Living).ConfigureAwait(false),
            };
        }
        catch (OrchestrationAlreadyExistsException ex)
        {
            throw Failure(
                StatusCode.FailedPrecondition,
                "Non-terminal instance with this instance ID already exists: " + ex.Message
            );
        }
    }

    public override Task<P.RewindInstanceResponse> RewindInstance(
        P.RewindInstanceRequest request,
        ServerCallContext context
    ) =>
        throw Failure(
            StatusCode.Unimplemented,
            "The local host does not rewind orchestrations: start the instance anew instead."
        );

    public override Task<P.ListInstanceIdsResponse> ListInstanceIds(
        P.ListInstanceIdsRequest request,
        ServerCallContext context
    ) => throw Failure(StatusCode.Unimplemented, "The local host does not list instance ids: query instances instead.");

    public override Task StreamInstanceHistory(
        P.StreamInstanceHistoryRequest request,
        IServerStreamWriter<P.HistoryChunk> responseStream,
        ServerCallContext context
    ) => throw Failure(StatusCode.Unimplemented, "The local host does not hand out histories.");

    public override Task<P.SignalEntityResponse> SignalEntity(
        P.SignalEntityRequest request,
        ServerCallContext context
    ) => throw NoEntities();

    public override Task<P.GetEntityResponse> GetEntity(P.GetEntityRequest request, ServerCallContext context) =>
        throw NoEntities();

    public override Task<P.QueryEntitiesResponse> QueryEntities(
        P.QueryEntitiesRequest request,
        ServerCallContext context
    ) => throw NoEntities();

    public override Task<P.CleanEntityStorageResponse> CleanEntityStorage(
        P.CleanEntityStorageRequest request,
        ServerCallContext context
    ) => throw NoEntities();

    private static RpcException NoEntities() =>
        Failure(StatusCode.Unimplemented, "The local host has no durable entities.");

    private static RpcException Failure(StatusCode code, string text) => new(new Status(code, text));

    private static string NotFoundText(string instanceId) =>
        $"No instance with ID '{instanceId}' was found. (Parameter 'instanceId')";

    private static OrchestrationInstance NewExecution(string? instanceId) =>
        new()
        {
            InstanceId = string.IsNullOrEmpty(instanceId) ? Guid.NewGuid().ToString("N") : instanceId,
            ExecutionId = Guid.NewGuid().ToString(),
        };

    private static PurgeInstanceFilter ToCore(P.PurgeInstanceFilter proto) =>
        new(
            proto.CreatedTimeFrom?.ToDateTime() ?? DateTime.MinValue,
            proto.CreatedTimeTo?.ToDateTime(),
            proto.RuntimeStatus.Count == 0
                ? null
                : proto.RuntimeStatus.Select(status => (OrchestrationStatus)status).ToList()
        )
        {
            Timeout = proto.Timeout?.ToTimeSpan(),
        };

    private static P.GetInstanceResponse Answer(OrchestrationState? state, P.GetInstanceRequest request) =>
        state is null
            ? new P.GetInstanceResponse { Exists = false }
            : new P.GetInstanceResponse
            {
                Exists = true,
                OrchestrationState = state.ToProto(request.GetInputsAndOutputs),
            };

    private async Task<string> CreateAsync(ExecutionStartedEvent start, OrchestrationStatus[] dedupeStatuses)
    {
        await store
            .CreateTaskOrchestrationAsync(
                new TaskMessage { Event = start, OrchestrationInstance = start.OrchestrationInstance },
                dedupeStatuses
            )
            .ConfigureAwait(false);
        return start.OrchestrationInstance.InstanceId;
    }

    private async Task<OrchestrationState?> FindAsync(string instanceId)
    {
        if (string.IsNullOrEmpty(instanceId))
            throw Failure(StatusCode.InvalidArgument, "Value cannot be null. (Parameter 'instanceId')");
        return await store.GetOrchestrationStateAsync(instanceId, executionId: null).ConfigureAwait(false);
    }

    private async Task ControlAsync(
        string instanceId,
        string verb,
        Func<OrchestrationStatus, bool> isPossible,
        HistoryEvent sent
    )
    {
        var state =
            await FindAsync(instanceId).ConfigureAwait(false)
            ?? throw Failure(StatusCode.NotFound, "ArgumentException: " + NotFoundText(instanceId));
        if (!isPossible(state.OrchestrationStatus))
        {
            throw Failure(
                StatusCode.FailedPrecondition,
                $"InvalidOperationException: Cannot {verb} the orchestration instance {instanceId} "
                    + $"because instance is in the {state.OrchestrationStatus} state."
            );
        }
        await SendAsync(instanceId, sent).ConfigureAwait(false);
    }

    /// <summary>To whatever generation of the instance runs when it arrives.</summary>
    private Task SendAsync(string instanceId, HistoryEvent sent) =>
        store.SendTaskOrchestrationMessageAsync(
            new TaskMessage
            {
                OrchestrationInstance = new OrchestrationInstance { InstanceId = instanceId },
                Event = sent,
            }
        );

    private async Task<PurgeResult> PurgeAsync(string instanceId)
    {
        if (await FindAsync(instanceId).ConfigureAwait(false) is not { } state)
            return new PurgeResult(0);
        if (!state.OrchestrationStatus.IsFinished())
        {
            throw Failure(
                StatusCode.FailedPrecondition,
                "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
                    + $"{instanceId} has status {state.OrchestrationStatus}"
            );
        }
        return await ((IOrchestrationServicePurgeClient)store)
            .PurgeInstanceStateAsync(instanceId)
            .ConfigureAwait(false);
    }
}
