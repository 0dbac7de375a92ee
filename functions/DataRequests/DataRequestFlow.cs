using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.DataRequests;

/// <summary>What the orchestration knows about its request: an id and times.</summary>
/// <param name="DataRequestId">The request.</param>
/// <param name="ExpiresAt">Its deadline.</param>
/// <param name="GracePeriod">
/// How long the partner still has once the person has reached the step that needs the data; zero where it was asked
/// before the person came.
/// </param>
internal sealed record DataRequestTimer(string DataRequestId, DateTimeOffset ExpiresAt, TimeSpan GracePeriod);

/// <summary>
/// The progress of a data request when its orchestration starts, which may be long after the request was made.
/// </summary>
internal enum DataRequestProgress
{
    /// <summary>The partner has not answered.</summary>
    Waiting,

    /// <summary>The partner has not answered, and the person has reached the step that needs the data.</summary>
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
    /// The person reached the step before the partner answered: the widget asks. A late answer is still accepted.
    /// </summary>
    FellBackToWidget,

    /// <summary>The link expired first.</summary>
    Expired,

    /// <summary>The link was closed.</summary>
    Cancelled,
}

/// <summary>
/// One instance per data request, with the request's id. It waits for the first of: the partner's answer; the person
/// reaching the step that needs the data (plus a grace period if the person is waiting), after which the widget asks;
/// the link's closing or expiry. An event only wakes it: it reads from the tables what happened.
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

        // An event sent before this instance existed is lost, so the tables are read first.
        var found = await context.CallActivityAsync<DataRequestProgress>(
            FindStepReached.Name,
            request.DataRequestId,
            Retries.OfActivities
        );
        var reached = found == DataRequestProgress.StepReached;
        if (found == DataRequestProgress.Waiting)
            reached = await Task.WhenAny(answered, closed, stepReached, expiry) == stepReached;
        // The person is waiting, so the partner has only the grace period left.
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
        // Not CancelAsync: an orchestrator may only await tasks of its context.
        timersNoLongerNeeded.Cancel();
        return ending;
    }
}

/// <summary>
/// Starts the orchestration of a new data request and wakes it when the request is answered or its link is closed.
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
