using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Cip;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// An operator decides about an account, which also ends an open verification through a link. Each decision writes a
/// row <c>review|{ulid}</c>.
/// </summary>
internal sealed class ReviewIdentity(RequestReader requests, IdentityStore identities, TimeProvider time)
{
    public const string Approve = "approve";
    public const string Reject = "reject";
    public const string Retry = "retry";

    private const int MaxBody = 16 * 1024;

    /// <summary>Review an identity</summary>
    /// <remarks>
    /// Verifies or rejects an account, or asks the person for another submission. A verification through a link that is
    /// open ends with it. It is for identities that are under review, rejected, or asked for another submission.
    /// </remarks>
    [Function(nameof(ReviewIdentity))]
    [Answers(200, typeof(ReviewedIdentity))]
    [Accepts(typeof(ReviewIdentityRequest))]
    [Refuses(409, ErrorCodes.KycNotReviewable)]
    public async Task<IResult> Run(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "post",
            Route = "operator/partners/{id}/identities/{reference}/review"
        )]
            HttpRequest http,
        string id,
        string reference
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<ReviewIdentityRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (!PartnerId.TryParse(id, out var partner) || !IdentityReference.TryParse(reference, out var known))
            return Answer.Error(ApiError.NotFound);
        var key = new PersonKey(partner, known);
        // The events need the link of the ticket, so the change must read the ticket's row, too.
        if (await identities.FindAsync(key, ct) is not { } found)
            return Answer.Error(ApiError.NotFound);
        return await identities.ChangeAsync(
                key,
                found.Root.CurrentTicket is { } ticket ? [Link.RowKeyOf(ticket.Link)] : [],
                identity => DecideAsync(identity, request, OperatorWords.NameIn(http), ct),
                ct
            ) ?? Answer.Error(ApiError.NotFound);
    }

    private async Task<IResult> DecideAsync(
        Identity identity,
        ReviewIdentityRequest request,
        string? by,
        CancellationToken ct
    )
    {
        var (root, now, before) = (identity.Root, time.Now(), identity.Root.User.Kyc);
        var (decision, note) = (request.Decision, request.Note);
        var decided = decision switch
        {
            Approve => KycStatus.Verified,
            Reject => KycStatus.Rejected,
            _ => KycStatus.ActionRequired,
        };
        if (!KycTransitions.Allows(before, decided, byReview: true))
            return Answer.Error(ApiError.KycNotReviewable);

        var ticket = root.CurrentTicket;
        EndTicket(root, ticket, decided, now);
        if (decision == Retry && root.User.Status == UserStatus.CipFailed)
            root.Set(root.User.AllowVerification(), now);
        if (identity.Account.NeedsOperator)
            root.Put(identity.Account with { NeedsOperator = false }, now);
        root.Set(root.User.MoveKyc(decided, now, byReview: true), now);
        root.Put(
            new Review
            {
                Owner = root.Key,
                By = by,
                KycBefore = before,
                Kyc = decided,
                Decision = decision,
                SealedNote =
                    note is null || root.ErasedAt is not null
                        ? null
                        : await root.SealAsync(note, Review.NotePurpose, ct),
                Id = Ulid.New(now),
            },
            now
        );
        root.RaiseStatusChange(ticket is null ? null : root.Link(ticket.Link)?.ForEvent, now);
        return Answer.Ok(
            new ReviewedIdentity
            {
                IdentityReference = identity.Asked.Key.Reference.Value,
                Decision = decision,
                Kyc = new KycView { Status = root.User.Kyc },
                Status = root.User.Status,
                DecidedAt = now,
            }
        );
    }

    private static void EndTicket(Person root, CipTicket? ticket, KycStatus decided, DateTimeOffset at)
    {
        var ended = decided == KycStatus.Verified ? TicketStatus.Verified : TicketStatus.Failed;
        if (ticket is null || !TicketTransitions.Allows(ticket.Stored, ended))
            return;
        root.Put((ticket with { Stored = ended, DecidedAt = at, DecidedBy = TicketDecider.Review }), at);
        if (ended == TicketStatus.Failed && root.User.Status == UserStatus.CipPending)
            root.Set(root.User.MoveTo(UserStatus.CipFailed, at), at);
    }
}

/// <summary>An identity after an operator's review.</summary>
internal sealed record ReviewedIdentity
{
    /// <summary>The reference in the path.</summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }

    /// <summary>The decision in the request: <c>approve</c>, <c>reject</c> or <c>retry</c>.</summary>
    /// <example>approve</example>
    public required string Decision { get; init; }

    /// <summary>The account's verification now.</summary>
    public required KycView Kyc { get; init; }

    /// <summary>The same person's status in the partner API: <c>cip_verified</c> after an approval.</summary>
    /// <example>cip_verified</example>
    public required UserStatus Status { get; init; }

    /// <summary>When it was decided.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset DecidedAt { get; init; }
}
