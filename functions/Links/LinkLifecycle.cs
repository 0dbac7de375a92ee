using DurableTask.Core.Exceptions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Webhooks;

namespace Serverless.Functions.Links;

/// <summary>What an orchestration knows of its link: ids and the time, never personal data (it is stored in clear).</summary>
internal sealed record LinkTimer(string LinkId, string ReferenceId, DateTimeOffset ExpiresAt);

/// <summary>
/// One instance a link (its id is the link's): waits until the link is closed or its time is up, and then sees to it that it is expired and that nothing about it was
/// forgotten. The tables are the truth; this is only their clock.
/// </summary>
internal static class LinkLifecycle
{
    private const string Name = nameof(LinkLifecycle);
    private const string ClosedEvent = "closed";

    private static readonly TaskOptions Retry = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 20, TimeSpan.FromSeconds(5), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromHours(1)));

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
            await context.CallActivityAsync(ExpireLink.Name, link.LinkId, Retry);
        }
        await context.CallActivityAsync(AnnounceForgottenEvents.Name, link, Retry);
    }

    /// <summary>Starts the orchestration of a new link, or wakes the one of a link that was closed. May be called again for the same event.</summary>
    public static async Task SignalAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        switch (happened.Name)
        {
            case WebhookEvents.LinkCreated:
                var options = new StartOrchestrationOptions(happened.LinkId).WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
                try
                {
                    await durable.ScheduleNewOrchestrationInstanceAsync(Name, new LinkTimer(happened.LinkId, happened.Reference.Value, happened.LinkExpiresAt), options, ct);
                }
                catch (OrchestrationAlreadyExistsException)
                {
                    // An earlier run of this follow-up started it.
                }
                break;
            case WebhookEvents.LinkRevoked:
                await durable.RaiseEventAsync(happened.LinkId, ClosedEvent, happened.Name, ct);
                break;
        }
    }
}
