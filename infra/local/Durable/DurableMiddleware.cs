using System.Text;
using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using DurableTask.Core.Middleware;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable.Embedded;
using Serverless.Local.Durable.Wire;
using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable;

/// <summary>
/// Runs turns of orchestrations and activities as invocations of the worker's functions, where the engine would run
/// classes of its own.
/// </summary>
/// <param name="worker">Runs the functions.</param>
/// <param name="logger">Told of what fails.</param>
/// <param name="stopping">From here on a failure may be the worker's end, and is no result.</param>
internal sealed partial class DurableMiddleware(IFunctionInvoker worker, ILogger logger, CancellationToken stopping)
{
    private const int CustomStatusLimit = 16 * 1024;

    private int _running;

    /// <summary>Turns and activities that the worker has at the moment.</summary>
    public int Running => Volatile.Read(ref _running);

    public void AddTo(TaskHubWorker hub)
    {
        hub.AddOrchestrationDispatcherMiddleware((context, _) => RunTurnAsync(context));
        hub.AddActivityDispatcherMiddleware((context, _) => RunActivityAsync(context));
    }

    private async Task RunTurnAsync(DispatchMiddlewareContext context)
    {
        var state = context.GetProperty<OrchestrationRuntimeState>();
        if (context.GetProperty<TaskOrchestrationWorkItem>() is Turn turn)
            turn.Begin(state);
        if (Find(state.Name, "orchestrationTrigger") is not { } function)
        {
            LogNoFunction(logger, state.Name, state.OrchestrationInstance!.InstanceId);
            context.SetProperty(
                OrchestratorExecutionResult.ForFailure(
                    $"The function '{state.Name}' doesn't exist, is disabled, or is not an orchestrator function.",
                    details: null
                )
            );
            return;
        }

        var request = new P.OrchestratorRequest
        {
            InstanceId = state.OrchestrationInstance!.InstanceId,
            ExecutionId = state.OrchestrationInstance.ExecutionId,
        };
        request.PastEvents.AddRange(state.PastEvents.Select(HistoryToProto.ToProto));
        request.NewEvents.AddRange(state.NewEvents.Select(HistoryToProto.ToProto));
        var response = await InvokeAsync(
                function,
                new TypedData { String = Convert.ToBase64String(request.ToByteArray()) }
            )
            .ConfigureAwait(false);
        context.SetProperty(Read(state.Name, response));
    }

    /// <summary>
    /// What the orchestrator decided. One that fails ends with a decision too; a failure here is one of the function
    /// around it.
    /// </summary>
    private OrchestratorExecutionResult Read(string name, InvocationResponse response)
    {
        var failure = response.Result.Exception?.Message ?? "";
        if (response.Result.Status == StatusResult.Types.Status.Success)
        {
            try
            {
                var decided = P.OrchestratorResponse.Parser.ParseFrom(
                    Convert.FromBase64String(response.ReturnValue?.String ?? "")
                );
                var size = Encoding.Unicode.GetByteCount(decided.CustomStatus ?? "");
                if (size <= CustomStatusLimit)
                {
                    return new OrchestratorExecutionResult
                    {
                        Actions = [.. decided.Actions.Select(Actions.ToCore)],
                        CustomStatus = decided.CustomStatus,
                    };
                }
                failure = $"CustomStatus is too large: limit = 16 KB (UTF-16), actual = {size / 1024d:N2} KB.";
            }
            catch (Exception ex) when (ex is NotSupportedException or FormatException or InvalidProtocolBufferException)
            {
                failure = ex.ToString();
            }
        }
        LogOrchestratorFailed(logger, name, failure);
        return OrchestratorExecutionResult.ForFailure(
            $"Function '{name}' failed with an unhandled exception.",
            failure
        );
    }

    private async Task RunActivityAsync(DispatchMiddlewareContext context)
    {
        var scheduled = context.GetProperty<TaskScheduledEvent>();
        var instance = context.GetProperty<OrchestrationInstance>();
        context.SetProperty(
            new ActivityExecutionResult { ResponseEvent = await RunAsync(scheduled, instance).ConfigureAwait(false) }
        );
    }

    private async Task<HistoryEvent> RunAsync(TaskScheduledEvent scheduled, OrchestrationInstance instance)
    {
        if (Find(scheduled.Name!, "activityTrigger") is not { } function)
        {
            LogNoFunction(logger, scheduled.Name!, instance.InstanceId);
            var reason = $"The function '{scheduled.Name}' doesn't exist, is disabled, or is not an activity function.";
            return new TaskFailedEvent(-1, scheduled.EventId, reason, details: null);
        }
        var input = ActivityData.Input(scheduled.Input);
        var metadata = new Dictionary<string, TypedData> { ["instanceId"] = new() { String = instance.InstanceId } };
        var response = await InvokeAsync(function, input, metadata).ConfigureAwait(false);
        var failure = Failures.FromActivity(response.Result.Exception);
        if (response.Result.Status == StatusResult.Types.Status.Success)
        {
            try
            {
                return new TaskCompletedEvent(-1, scheduled.EventId, ActivityData.Output(response.ReturnValue));
            }
            catch (NotSupportedException ex)
            {
                failure = new FailureDetails(ex);
            }
        }
        LogActivityFailed(logger, scheduled.Name!, instance.InstanceId);
        var summary = $"Function '{scheduled.Name}' failed with an unhandled exception.";
        return new TaskFailedEvent(-1, scheduled.EventId, summary, details: null, failure);
    }

    private LoadedFunction? Find(string name, string trigger) =>
        worker.Find(name) is { } function && function.Is(trigger) ? function : null;

    /// <exception cref="SessionAbortedException">Nobody knows what the function did: the engine gives the work back to
    /// its store, to be done again.</exception>
    private async Task<InvocationResponse> InvokeAsync(
        LoadedFunction function,
        TypedData trigger,
        IReadOnlyDictionary<string, TypedData>? metadata = null
    )
    {
        Interlocked.Increment(ref _running);
        try
        {
            var response = await worker.InvokeAsync(function, trigger, metadata, stopping).ConfigureAwait(false);
            if (response.Result.Status == StatusResult.Types.Status.Success)
                return response;
            if (stopping.IsCancellationRequested || response.Result.Status == StatusResult.Types.Status.Cancelled)
                throw new SessionAbortedException($"{function.Name} was cancelled.");
            return response;
        }
        catch (WorkerLostException ex)
        {
            LogWorkerLost(logger, function.Name);
            throw new SessionAbortedException($"The worker ended while it ran {function.Name}.", ex);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    [LoggerMessage(LogLevel.Error, "The worker has no function '{Function}' of the kind that {InstanceId} asks for.")]
    private static partial void LogNoFunction(ILogger logger, string function, string instanceId);

    [LoggerMessage(LogLevel.Error, "The orchestrator function '{Function}' failed outside of its code: {Failure}")]
    private static partial void LogOrchestratorFailed(ILogger logger, string function, string failure);

    [LoggerMessage(
        LogLevel.Information,
        "Activity '{Function}' of {InstanceId} failed; its orchestrator decides what follows."
    )]
    private static partial void LogActivityFailed(ILogger logger, string function, string instanceId);

    [LoggerMessage(LogLevel.Warning, "The worker ended while it ran '{Function}', which will run again.")]
    private static partial void LogWorkerLost(ILogger logger, string function);
}
