using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;
using Serverless.Functions.Widget;

namespace Serverless.Functions.Cip;

/// <summary>The result of a request for a verification.</summary>
internal abstract record StartCipResult
{
    /// <summary>The ticket of this request.</summary>
    public sealed record Started(CipTicket Ticket, Link Link) : StartCipResult;

    /// <summary>The ticket of an earlier request, which still runs.</summary>
    public sealed record Running(CipTicket Ticket, Link Link) : StartCipResult;

    public sealed record Refused(ApiError Error) : StartCipResult;
}

/// <summary>
/// Starts the verification of a link's person, for the partner (<see cref="CreateTicket"/>) and for the person in the
/// widget (<see cref="StartCipInWidget"/>).
/// </summary>
internal sealed class StartCip(PersonStore persons, Accounts accounts, LinkIndex index, TimeProvider time)
{
    /// <summary>The answer's <c>data</c>.</summary>
    public static StartedTicket Show(CipTicket ticket, Link link) =>
        new()
        {
            TicketId = ticket.Id.Value,
            LinkId = link.Id.Value,
            Status = TicketStatus.Pending,
            Url = link.Url,
            CreatedAt = ticket.CreatedAt,
        };

    /// <summary>Creates the ticket, unless one is already running or there is nothing to verify.</summary>
    /// <param name="link">The link to start from.</param>
    /// <param name="id">The id of a new ticket.</param>
    /// <param name="refuse">Why the link cannot be used; null when it can.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="read">The link's person, if it was read with the link already.</param>
    public async Task<StartCipResult> ExecuteAsync(
        LinkId link,
        TicketId id,
        Func<Link, DateTimeOffset, ApiError?> refuse,
        CancellationToken ct,
        Person? read = null
    )
    {
        if ((read?.Key ?? await index.FindOwnerAsync(link, ct)) is not { } owner)
            return new StartCipResult.Refused(ApiError.NotFound);
        return await persons.ChangeAsync(
            owner,
            [Link.RowKeyOf(link)],
            async person => Decide(person, await accounts.RootOfAsync(person, ct), link, id, refuse),
            ct,
            read
        );
    }

    private StartCipResult Decide(
        Person person,
        Person root,
        LinkId linkId,
        TicketId id,
        Func<Link, DateTimeOffset, ApiError?> refuse
    )
    {
        var now = time.Now();
        if (person.Link(linkId) is not { } link)
            return new StartCipResult.Refused(ApiError.NotFound);
        if (person.ErasedAt is not null)
            return new StartCipResult.Refused(ApiError.UserErased);
        // A repetition of the request that created this ticket.
        if (person.Ticket(id) is { } before)
            return new StartCipResult.Started(before, link);
        if (refuse(link, now) is { } refusal)
            return new StartCipResult.Refused(refusal);
        if (person.User.Status == UserStatus.CipVerified)
            return new StartCipResult.Refused(ApiError.CipAlreadyVerified);
        if (person.CurrentTicket is { Stored: TicketStatus.Pending } running)
            return new StartCipResult.Running(running, link);
        if (person.MissingCipFields is { Count: > 0 } missing)
            return new StartCipResult.Refused(ApiError.CipNotReady(missing));
        // Another attempt needs new data or a review; a rejected account always needs a review.
        if (
            root.User.Kyc == KycStatus.Rejected
            || (person.User.Status == UserStatus.CipFailed && !person.User.MayVerifyAgain)
        )
            return new StartCipResult.Refused(ApiError.CipRetryNotAllowed);

        // New data makes the waiting review obsolete.
        if (person.CurrentTicket is { Stored: TicketStatus.NeedsReview } waiting)
            person.Put(
                (waiting with { Stored = TicketStatus.Failed, DecidedAt = now, DecidedBy = TicketDecider.NextTicket }),
                now
            );
        var ticket = new CipTicket
        {
            Owner = person.Key,
            Id = id,
            Stored = TicketStatus.Pending,
            Link = linkId,
            CreatedAt = id.Id.Time,
        };
        person.Put(ticket, now);
        person.Set(person.User.MoveTo(UserStatus.CipPending, now), now);
        person.RaiseStatusChange(link.ForEvent, now, starts: id.Value);
        return new StartCipResult.Started(ticket, link);
    }
}

/// <summary>A verification that was started, now or before. Its result changes the status of the user.</summary>
internal sealed record StartedTicket
{
    /// <summary>The verification.</summary>
    /// <example>cip_demo_01m8ksvgh02h9p5s8ak1y7c4xn</example>
    public required string TicketId { get; init; }

    /// <summary>The link that it was asked for with.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Always <c>pending</c>: as it started.</summary>
    /// <example>pending</example>
    public required TicketStatus Status { get; init; }

    /// <summary>The address of the link, where the person continues.</summary>
    /// <example>https://links.example.com/widget/link_demo_01m8ksp0r05q8w2t7zk3m9x4vb/m2m-basic</example>
    public required string Url { get; init; }

    /// <summary>When it was started.</summary>
    /// <example>2026-11-29T14:03:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }
}
