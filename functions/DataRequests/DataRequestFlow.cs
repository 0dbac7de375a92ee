using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.DataRequests;

/// <summary>What the orchestration knows of its request: an id and times.</summary>
/// <param name="DataRequestId">The request.</param>
/// <param name="ExpiresAt">Its deadline.</param>
/// <param name="GracePeriod">
/// How long the partner still has once the person has reached the step that needs the data; zero where it was asked
/// before the person came.
/// </param>
internal sealed record DataRequestTimer(string DataRequestId, DateTimeOffset ExpiresAt, TimeSpan GracePeriod);

/// <summary>Where a data request stands when its flow begins, which may be long after it was made.</summary>
internal enum DataRequestProgress
{
    /// <summary>The partner has not answered.</summary>
    Waiting,

    /// <summary>Nor has it, and the person has reached the step that needs the data.</summary>
    StepReached,

    /// <summary>There is nothing to wait for.</summary>
    Ended,
}

/// <summary>How a data request ended.</summary>
internal enum DataRequestEnding
{
    /// <summary>The partner answered.</summary>
    Fulfilled,

    /// <summary>
    /// The person reached the step, the partner did not answer in time: the widget asks. A late answer is still taken.
    /// </summary>
    FellBackToWidget,

    /// <summary>Nobody asked further before the link's time was up.</summary>
    Expired,

    /// <summary>The link was closed.</summary>
    Cancelled,
}

/// <summary>
/// One instance a data request (its id is the request's), from when the partner is asked: waits for the answer, for the
/// person to reach the step that needs the data (then a grace period, if the person came first; then the widget asks),
/// for the link to be closed, or for its expiry. An event only wakes it; what happened it reads from the tables.
/// </summary>
internal static class DataRequestFlow
{
    /// <summary>Raised when the person has reached the step that needs the data.</summary>
    public const string StepReachedEvent = "step-reached";

    public const string Name = nameof(DataRequestFlow);
    public const string AnsweredEvent = "answered";
    public const string ClosedEvent = "closed";

    [Function(Name)]
    public static async Task<DataRequestEnding> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var request = context.GetInput<DataRequestTimer>()!;
        using var timersNoLongerNeeded = new CancellationTokenSource();
        var answered = context.WaitForExternalEvent<string>(AnsweredEvent);
        var closed = context.WaitForExternalEvent<string>(ClosedEvent);
        var stepReached = context.WaitForExternalEvent<string>(StepReachedEvent);
        var expiry = context.CreateTimer(request.ExpiresAt.UtcDateTime, timersNoLongerNeeded.Token);

        // A wake-up that came before this instance existed is lost: what it told stands in the tables.
        var found = await context.CallActivityAsync<DataRequestProgress>(
            FindStepReached.Name,
            request.DataRequestId,
            Retries.OfActivities
        );
        var reached = found == DataRequestProgress.StepReached;
        if (found == DataRequestProgress.Waiting)
            reached = await Task.WhenAny(answered, closed, stepReached, expiry) == stepReached;
        if (reached && request.GracePeriod > TimeSpan.Zero)
            await Task.WhenAny(
                answered,
                closed,
                expiry,
                context.CreateTimer(request.GracePeriod, timersNoLongerNeeded.Token)
            );
        var ending = await context.CallActivityAsync<DataRequestEnding>(
            EndDataRequest.Name,
            request.DataRequestId,
            Retries.OfActivities
        );
        // Not CancelAsync: an orchestrator awaits nothing but the tasks of its context.
        timersNoLongerNeeded.Cancel();
        return ending;
    }
}

/// <summary>
/// Starts the flow of a new data request and wakes it when the request is answered or its link closed.
/// </summary>
internal sealed class DataRequestFollower(IOptions<DataRequestOptions> options) : IEventFollower
{
    public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        if (happened.LinkId is not { } link)
            return Task.CompletedTask;
        var id = DataRequestId.Of(LinkId.FromStorage(link)).Value;
        var grace = happened.IsPersonWaiting ? options.Value.GracePeriod : TimeSpan.Zero;
        return happened.Name switch
        {
            PartnerEvents.DataRequest => durable.StartOnceAsync(
                DataRequestFlow.Name,
                id,
                new DataRequestTimer(id, happened.LinkExpiresAt!.Value, grace),
                ct
            ),
            PartnerEvents.LinkInProgress => durable.WakeAsync(id, DataRequestFlow.StepReachedEvent, happened.Name, ct),
            PartnerEvents.DataRequestFulfilled => durable.WakeAsync(
                id,
                DataRequestFlow.AnsweredEvent,
                happened.Name,
                ct
            ),
            PartnerEvents.LinkRevoked or PartnerEvents.LinkExpired or PartnerEvents.LinkCompleted => durable.WakeAsync(
                id,
                DataRequestFlow.ClosedEvent,
                happened.Name,
                ct
            ),
            _ => Task.CompletedTask,
        };
    }
}
