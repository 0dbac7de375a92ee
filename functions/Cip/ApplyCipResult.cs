using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Identities;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

/// <summary>
/// Activity: asks the provider for a ticket's result, applies it, and returns the ticket's new status. A late or
/// repeated result changes nothing.
/// </summary>
internal sealed class ApplyCipResult(PersonStore persons, LinkIndex index, ICipProvider provider, TimeProvider time)
{
    public const string Name = nameof(ApplyCipResult);

    [Function(Name)]
    public async Task<TicketStatus> RunAsync([ActivityTrigger] TicketTimer timer, CancellationToken ct)
    {
        var owner = await index.RequireOwnerAsync(timer.Link(), ct);
        var person = await persons.ReadAsync(owner, RowsOf(timer), ct);
        if (person.ErasedAt is not null)
            return TicketStatus.Failed;
        if (
            person.Ticket(timer.Ticket())
            is not { Stored: TicketStatus.Pending, ProviderReference: { } reference } ticket
        )
            return person.Ticket(timer.Ticket())?.Stored
                ?? throw new InvalidOperationException("There is no such ticket.");
        if (await provider.FindResultAsync(reference, ct) is not { } outcome)
            return ticket.Stored;
        return await ExecuteAsync(timer, outcome, TicketDecider.Provider, ct, person);
    }

    private static string[] RowsOf(TicketTimer timer) =>
        [CipTicket.RowKeyOf(timer.Ticket()), Link.RowKeyOf(timer.Link())];

    /// <summary>Applies a decision to a ticket that is still pending.</summary>
    /// <param name="timer">The ticket.</param>
    /// <param name="outcome">The decision.</param>
    /// <param name="decider">Whose it is.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="read">The person, if this activity has read it just now.</param>
    public async Task<TicketStatus> ExecuteAsync(
        TicketTimer timer,
        CipOutcome outcome,
        TicketDecider decider,
        CancellationToken ct,
        Person? read = null
    )
    {
        var owner = await index.RequireOwnerAsync(timer.Link(), ct);
        return await persons.ChangeAsync(
            owner,
            RowsOf(timer),
            person =>
            {
                // An erased person's records no longer change, so the ticket ends here.
                if (person.ErasedAt is not null)
                    return Task.FromResult(TicketStatus.Failed);
                var ticket = person.Ticket(timer.Ticket())!;
                var decided = outcome switch
                {
                    CipOutcome.Verified => TicketStatus.Verified,
                    CipOutcome.Failed => TicketStatus.Failed,
                    _ => TicketStatus.NeedsReview,
                };
                // A late or repeated result: the ticket is already decided.
                if (ticket.Stored != TicketStatus.Pending || !TicketTransitions.Allows(ticket.Stored, decided))
                    return Task.FromResult(ticket.Stored);
                var now = time.Now();
                person.Put((ticket with { Stored = decided, DecidedAt = now, DecidedBy = decider }), now);
                // The identity API or another reference of the account may have verified the person meanwhile. That is
                // final: only the ticket ends.
                if (person.User.Status == UserStatus.CipPending)
                    person.Set(
                        person.User.MoveTo(
                            decided == TicketStatus.Verified ? UserStatus.CipVerified : UserStatus.CipFailed,
                            now,
                            review: decided == TicketStatus.NeedsReview
                        ),
                        now
                    );
                person.RaiseStatusChange(person.Link(timer.Link())!.ForEvent, now);
                return Task.FromResult(decided);
            },
            ct,
            read
        );
    }
}

/// <summary>Activity: the provider gave no result in time, so an operator decides.</summary>
internal sealed class GiveUpOnCip(ApplyCipResult apply)
{
    public const string Name = nameof(GiveUpOnCip);

    [Function(Name)]
    public Task<TicketStatus> RunAsync([ActivityTrigger] TicketTimer timer, CancellationToken ct) =>
        apply.ExecuteAsync(timer, CipOutcome.NeedsReview, TicketDecider.Timeout, ct);
}
