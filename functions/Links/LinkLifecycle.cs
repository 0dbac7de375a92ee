using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Links;

/// <summary>
/// Input of a link's orchestration: ids of ours and the time. It is stored in clear text until the purge, so nothing
/// personal may be in it; a partner's reference may be an e-mail address.
/// </summary>
internal sealed record LinkTimer(string LinkId, DateTimeOffset ExpiresAt);

/// <summary>
/// One instance for each link, with the link's id: waits until the link is closed or expires, then expires it and
/// processes events that were missed. The tables are authoritative; this only provides the timer.
/// </summary>
internal static class LinkLifecycle
{
    public const string Name = nameof(LinkLifecycle);
    public const string ClosedEvent = "closed";

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var link = context.GetInput<LinkTimer>()!;
        using var timerNoLongerNeeded = new CancellationTokenSource();
        var closed = context.WaitForExternalEvent<string>(ClosedEvent);
        var expiry = context.CreateTimer(link.ExpiresAt.UtcDateTime, timerNoLongerNeeded.Token);
        if (await Task.WhenAny(closed, expiry) == closed)
        {
            // Not CancelAsync: an orchestrator may only await tasks of its context.
            timerNoLongerNeeded.Cancel();
        }
        else
        {
            await context.CallActivityAsync(ExpireLink.Name, link.LinkId, Retries.OfActivities);
        }
        await context.CallActivityAsync(AnnounceForgottenEvents.Name, link.LinkId, Retries.OfActivities);
    }
}

/// <summary>Starts the lifecycle of a new link and wakes that of a closed one.</summary>
internal sealed class LinkLifecycleFollower : IEventFollower
{
    public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct) =>
        happened.Name switch
        {
            PartnerEvents.LinkCreated => durable.StartOnceAsync(
                LinkLifecycle.Name,
                happened.LinkId!,
                new LinkTimer(happened.LinkId!, happened.LinkExpiresAt!.Value),
                ct
            ),
            PartnerEvents.LinkRevoked or PartnerEvents.LinkCompleted => durable.WakeAsync(
                happened.LinkId!,
                LinkLifecycle.ClosedEvent,
                happened.Name,
                ct
            ),
            _ => Task.CompletedTask,
        };
}
