using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Cip;

/// <summary>
/// What the orchestration and its activities know of their ticket: our ids and a time. The link leads to the person.
/// </summary>
internal sealed record TicketTimer(string TicketId, string LinkId, DateTimeOffset CreatedAt)
{
    public TicketId Ticket() => Ids.TicketId.FromStorage(TicketId);

    public LinkId Link() => Ids.LinkId.FromStorage(LinkId);
}

/// <summary>
/// One instance per ticket, with the ticket's id: submits the check, polls for the result with growing pauses, and
/// applies it. Calls to a provider that is down are retried; without a result in time, a review decides. It continues
/// after the link has ended, because the person's next link can use the result.
/// </summary>
internal static class CipVerification
{
    public const string Name = nameof(CipVerification);

    /// <summary>How long to wait for a result before an operator decides.</summary>
    public static readonly TimeSpan ResultTimeout = TimeSpan.FromHours(24);

    private static readonly Polling Results = new(TimeSpan.FromSeconds(2), LongestPause: TimeSpan.FromMinutes(15));

    /// <summary>Retries calls to the provider for about <see cref="ResultTimeout"/>.</summary>
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
            // The provider was down for the whole timeout.
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
