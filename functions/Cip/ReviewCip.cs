using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

/// <summary>
/// <c>POST /operator/partners/{id}/users/{referenceId}/cip/review</c>: an operator decides what the provider could not
/// (<c>approve</c>, <c>reject</c>), or allows another verification after a failed one (<c>retry</c>). Each decision
/// leaves a row <c>review|{ulid}</c>.
/// </summary>
internal sealed class ReviewCip(PersonStore persons, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;
    private const string Approve = "approve";
    private const string Reject = "reject";
    private const string Retry = "retry";

    [Function(nameof(ReviewCip))]
    public async Task<IResult> Run(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "post",
            Route = "operator/partners/{id}/users/{referenceId}/cip/review"
        )]
            HttpRequest http,
        string id,
        string referenceId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var decision = body.Input.OneOf("decision", [Approve, Reject, Retry], required: true);
        var note = body.Input.Text("note", max: 1000);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (!PartnerId.TryParse(id, out var partner) || !ReferenceId.Pattern.IsMatch(referenceId))
            return Answer.Error(ApiError.NotFound);
        var owner = new PersonKey(partner, ReferenceId.FromStorage(referenceId));

        // The events need the link's row, which the change below must name; only the ticket knows which link it is.
        var person = await persons.ReadAsync(owner, [], ct);
        if (person.IsNew || person.ErasedAt is not null)
            return Answer.Error(ApiError.NotFound);
        if (person.CurrentTicket is not { } ticket)
            return Answer.Error(ApiError.CipNotReviewable);
        return await persons.ChangeAsync(
            owner,
            [Link.RowKeyOf(ticket.Link)],
            current => DecideAsync(current, ticket.Id, decision!, note, ct),
            ct
        );
    }

    private async Task<IResult> DecideAsync(
        Person person,
        TicketId reviewed,
        string decision,
        string? note,
        CancellationToken ct
    )
    {
        var now = time.Now();
        if (
            person.ErasedAt is not null
            || person.CurrentTicket is not { } ticket
            || ticket.Id != reviewed
            || person.User.Status != UserStatus.CipFailed
        )
            return Answer.Error(ApiError.CipNotReviewable);
        var status = decision == Approve ? TicketStatus.Verified : TicketStatus.Failed;
        var decides = TicketTransitions.Allows(ticket.Stored, status);
        if (!decides && decision != Retry)
            return Answer.Error(ApiError.CipNotReviewable);

        if (decides)
            person.Put((ticket with { Stored = status, DecidedAt = now, DecidedBy = TicketDecider.Review }), now);
        if (decision != Reject)
            person.Set(person.User.AllowVerification(), now);
        // An approval raises the same events as any other verification: pending, then verified.
        if (decision == Approve)
        {
            var link = person.Link(ticket.Link)!.ForEvent;
            person.Set(person.User.MoveTo(UserStatus.CipPending, now), now);
            person.RaiseStatusChange(link, now);
            person.Set(person.User.MoveTo(UserStatus.CipVerified, now), now);
            person.RaiseStatusChange(link, now);
        }
        person.Put(
            new Review
            {
                Owner = person.Key,
                TicketId = ticket.Id.Value,
                TicketStatus = ticket.Stored.ToString(),
                Decision = decision,
                SealedNote = note is null ? null : await person.SealAsync(note, Review.NotePurpose, ct),
                Id = Ulid.New(now),
            },
            now
        );
        return Answer.Ok(
            new
            {
                userId = person.User.UserId,
                referenceId = person.Key.Reference.Value,
                ticketId = ticket.Id.Value,
                decision,
                status = person.User.Status,
                ticketStatus = decides ? status : ticket.Stored,
                mayVerifyAgain = person.User.MayVerifyAgain,
                decidedAt = now,
            }
        );
    }
}
