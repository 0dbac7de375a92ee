using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Operations;

/// <summary>Input of the orchestration: ids and times.</summary>
/// <param name="OperationId">The operation.</param>
/// <param name="CancellableUntil">When it goes to the payout rail.</param>
/// <param name="LinkId">Its link.</param>
internal sealed record OperationTimer(string OperationId, DateTimeOffset CancellableUntil, string LinkId);

/// <summary>
/// One instance for each operation, with the operation's id: waits for the cancellation or the end of its window,
/// hands the payout over, and polls the rail with growing pauses until it has ended. The state is in the tables, where
/// the activities read it.
/// </summary>
internal static class OperationFlow
{
    public const string Name = nameof(OperationFlow);
    public const string CancelledEvent = "cancelled";

    private static readonly Polling Results = new(TimeSpan.FromSeconds(5), LongestPause: TimeSpan.FromHours(1));

    [Function(Name)]
    public static async Task<OperationStatus> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var operation = context.GetInput<OperationTimer>()!;
        using var windowNoLongerNeeded = new CancellationTokenSource();
        var cancelled = context.WaitForExternalEvent<string>(CancelledEvent);
        var window = context.CreateTimer(operation.CancellableUntil.UtcDateTime, windowNoLongerNeeded.Token);
        var status = OperationStatus.Cancelled;
        if (await Task.WhenAny(cancelled, window) == cancelled)
        {
            // Not CancelAsync: an orchestrator may only await tasks of its context.
            windowNoLongerNeeded.Cancel();
        }
        else
        {
            status = await PayOutAsync(context, operation);
        }
        await context.CreateTimer(AnnounceForgottenEvents.Grace, CancellationToken.None);
        await context.CallActivityAsync(AnnounceForgottenEvents.Name, operation.LinkId, Retries.OfActivities);
        return status;
    }

    /// <summary>Hands the payout over and asks for it until it has ended.</summary>
    private static async Task<OperationStatus> PayOutAsync(TaskOrchestrationContext context, OperationTimer operation)
    {
        var status = await AskAsync(SendPayout.Name);
        if (OperationTransitions.IsFinal(status))
            return status;
        await Results.UntilAsync(
            context,
            deadline: null,
            async () =>
            {
                try
                {
                    status = await AskAsync(CheckPayout.Name);
                }
                catch (TaskFailedException)
                {
                    // The rail could not be reached for hours. The money is still on its way, so keep polling.
                }
                return OperationTransitions.IsFinal(status);
            }
        );
        return status;

        Task<OperationStatus> AskAsync(string activity) =>
            context.CallActivityAsync<OperationStatus>(activity, operation.OperationId, Retries.OfActivities);
    }
}

/// <summary>Starts the flow of a new operation, wakes that of a cancelled one, and keeps the index.</summary>
internal sealed class OperationFollower(OperationIndex index, TransferTerms terms) : IEventFollower
{
    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        if (!OperationId.TryParse(happened.SubjectId, out var id))
            return;
        await index.ApplyAsync(id, happened, ct);
        if (happened.Name == PartnerEvents.OperationCreated)
        {
            var timer = new OperationTimer(id.Value, id.Id.Time + terms.CancelWindow, happened.LinkId!);
            await durable.StartOnceAsync(OperationFlow.Name, id.Value, timer, ct);
        }
        else if (happened.Name == PartnerEvents.OperationCancelled)
        {
            await durable.WakeAsync(id.Value, OperationFlow.CancelledEvent, happened.Name, ct);
        }
    }
}
