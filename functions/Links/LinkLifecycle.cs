using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Links;

/// <summary>
/// What an orchestration knows of its link: ids of ours and the time. It is stored in clear until the purge, so that
/// nothing personal may stand in it, and a partner's reference may be an e-mail address.
/// </summary>
internal sealed record LinkTimer(string LinkId, DateTimeOffset ExpiresAt);

/// <summary>
/// One instance a link (its id is the link's): waits until the link is closed or its time is up, and then sees to it
/// that it is expired and that nothing about it was forgotten. The tables are the truth; this is only their clock.
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
            // Not CancelAsync: an orchestrator awaits nothing but the tasks of its context.
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
