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
internal sealed class ReviewCip(PersonStore persons, RequestReader requests, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Decide a verification</summary>
    /// <remarks>
    /// Decides what the provider could not, or allows another verification after one that failed. An approval raises
    /// the same events as any other verification. Each decision is kept with its note.
    /// </remarks>
    [Function(nameof(ReviewCip))]
    [Accepts(typeof(ReviewCipRequest))]
    [Answers(200, typeof(ReviewedCip))]
    [Refuses(409, ErrorCodes.CipNotReviewable)]
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
        var request = requests.Read<ReviewCipRequest>(body.Input);
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
            current => DecideAsync(current, ticket.Id, request, OperatorWords.NameIn(http), ct),
            ct
        );
    }

    private async Task<IResult> DecideAsync(
        Person person,
        TicketId reviewed,
        ReviewCipRequest request,
        string? by,
        CancellationToken ct
    )
    {
        var (decision, note) = (request.Decision, request.Note);
        var now = time.Now();
        if (
            person.ErasedAt is not null
            || person.CurrentTicket is not { } ticket
            || ticket.Id != reviewed
            || person.User.Status != UserStatus.CipFailed
        )
            return Answer.Error(ApiError.CipNotReviewable);
        var status = decision == ReviewCipRequest.Approve ? TicketStatus.Verified : TicketStatus.Failed;
        var decides = TicketTransitions.Allows(ticket.Stored, status);
        if (!decides && decision != ReviewCipRequest.Retry)
            return Answer.Error(ApiError.CipNotReviewable);

        if (decides)
            person.Put((ticket with { Stored = status, DecidedAt = now, DecidedBy = TicketDecider.Review }), now);
        if (decision != ReviewCipRequest.Reject)
            person.Set(person.User.AllowVerification(), now);
        // An approval raises the same events as any other verification: pending, then verified.
        if (decision == ReviewCipRequest.Approve)
        {
            var link = person.Link(ticket.Link)!.ForEvent;
            person.Set(person.User.MoveTo(UserStatus.CipPending, now), now);
            person.RaiseStatusChange(link, now);
            person.Set(person.User.MoveTo(UserStatus.CipVerified, now), now);
            person.RaiseStatusChange(link, now);
        }
        // Nothing waits for an operator any more, unless it was submitted after this verification began.
        if (
            decides
            && person.User.Kyc == KycStatus.UnderReview
            && !(Ulid.TryParse(person.Account.Submission, out var sent) && sent.Time > ticket.CreatedAt)
        )
        {
            person.Set(person.User.MoveKyc(KycStatus.ActionRequired, now), now);
            person.RaiseKycChange(now);
        }
        person.Put(
            new Review
            {
                Owner = person.Key,
                By = by,
                TicketId = ticket.Id.Value,
                TicketStatus = ticket.Stored.ToString(),
                Decision = decision,
                SealedNote = note is null ? null : await person.SealAsync(note, Review.NotePurpose, ct),
                Id = Ulid.New(now),
            },
            now
        );
        return Answer.Ok(
            new ReviewedCip
            {
                UserId = person.User.UserId,
                ReferenceId = person.Key.Reference.Value,
                TicketId = ticket.Id.Value,
                Decision = decision,
                Status = person.User.Status,
                TicketStatus = decides ? status : ticket.Stored,
                MayVerifyAgain = person.User.MayVerifyAgain,
                DecidedAt = now,
            }
        );
    }
}

/// <summary>An operator's decision about a verification.</summary>
internal sealed record ReviewCipRequest
{
    public const string Approve = "approve";
    public const string Reject = "reject";
    public const string Retry = "retry";

    /// <summary>
    /// <c>approve</c> or <c>reject</c> a verification that needs review; <c>retry</c>: allow another one after one that
    /// failed or needs review.
    /// </summary>
    /// <example>approve</example>
    [OneOf(Approve, Reject, Retry, Required = true)]
    public string Decision { get; init; } = "";

    /// <summary>
    /// Why, for the records: at most 1,000 characters. It is stored encrypted, and erased with the person.
    /// </summary>
    /// <example>The document was checked by hand.</example>
    [Text(1, 1000)]
    public string? Note { get; init; }
}

/// <summary>What a review has decided, and where the person stands since.</summary>
internal sealed record ReviewedCip
{
    /// <summary>Our id of the person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>The partner's own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The verification that was reviewed.</summary>
    /// <example>cip_demo_01m8ksvgh02h9p5s8ak1y7c4xn</example>
    public required string TicketId { get; init; }

    /// <summary>As it was sent: <c>approve</c>, <c>reject</c> or <c>retry</c>.</summary>
    /// <example>approve</example>
    public required string Decision { get; init; }

    /// <summary>Where the person stands now.</summary>
    /// <example>cip_verified</example>
    public required UserStatus Status { get; init; }

    /// <summary>Where the verification stands now.</summary>
    /// <example>verified</example>
    public required TicketStatus TicketStatus { get; init; }

    /// <summary>True where the person may be verified another time without new data.</summary>
    /// <example>false</example>
    public required bool MayVerifyAgain { get; init; }

    /// <summary>When it was decided.</summary>
    /// <example>2026-11-29T15:30:00.000Z</example>
    public required DateTimeOffset DecidedAt { get; init; }
}
