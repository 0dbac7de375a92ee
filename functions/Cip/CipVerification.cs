using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Cip;

/// <summary>
/// What the orchestration and its activities know of their ticket: ids of ours and the time. Whose it is says its
/// link.
/// </summary>
internal sealed record TicketTimer(string TicketId, string LinkId, DateTimeOffset CreatedAt)
{
    public TicketId Ticket() => Ids.TicketId.FromStorage(TicketId);

    public LinkId Link() => Ids.LinkId.FromStorage(LinkId);
}

/// <summary>
/// One instance a ticket (its id is the ticket's): hands the check in, asks for the result with growing pauses, and has
/// it applied. A provider that is down is tried again; one that gives no result in time leaves the decision to a
/// review. The link's end is none of its business: the result helps the person's next link.
/// </summary>
internal static class CipVerification
{
    public const string Name = nameof(CipVerification);

    /// <summary>How long a result is waited for before an operator decides.</summary>
    public static readonly TimeSpan ResultTimeout = TimeSpan.FromHours(24);

    private static readonly Polling Results = new(TimeSpan.FromSeconds(2), LongestPause: TimeSpan.FromMinutes(15));

    /// <summary>The provider: about as long as <see cref="ResultTimeout"/>.</summary>
    private static readonly TaskOptions ProviderRetry = TaskOptions.FromRetryPolicy(
        new RetryPolicy(
            maxNumberOfAttempts: 100,
            TimeSpan.FromSeconds(5),
            backoffCoefficient: 2,
            maxRetryInterval: Results.LongestPause,
            retryTimeout: ResultTimeout
        )
    );

    [Function(Name)]
    public static async Task<TicketStatus> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var ticket = context.GetInput<TicketTimer>()!;
        try
        {
            await context.CallActivityAsync(SubmitCip.Name, ticket, ProviderRetry);
            var status = TicketStatus.Pending;
            var isDecided = await Results.UntilAsync(
                context,
                ticket.CreatedAt.UtcDateTime + ResultTimeout,
                async () =>
                {
                    status = await context.CallActivityAsync<TicketStatus>(ApplyCipResult.Name, ticket, ProviderRetry);
                    return status != TicketStatus.Pending;
                }
            );
            if (isDecided)
                return status;
        }
        catch (TaskFailedException)
        {
            // Down for as long as a result is waited for.
        }
        return await context.CallActivityAsync<TicketStatus>(GiveUpOnCip.Name, ticket, Retries.OfActivities);
    }
}

/// <summary>Starts the verification of a new ticket.</summary>
internal sealed class CipFollower : IEventFollower
{
    public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct) =>
        happened.Name == PartnerEvents.UserStatusChanged && TicketId.TryParse(happened.SubjectId, out var ticket)
            ? durable.StartOnceAsync(
                CipVerification.Name,
                ticket.Value,
                new TicketTimer(ticket.Value, happened.LinkId!, ticket.Id.Time),
                ct
            )
            : Task.CompletedTask;
}
