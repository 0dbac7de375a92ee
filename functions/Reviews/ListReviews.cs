using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

/// <summary><c>GET /operator/reviews</c>.</summary>
internal sealed class ListReviews(ReviewIndex index, ReviewDetails details, RequestReader requests)
{
    /// <summary>List what waits for a decision</summary>
    /// <remarks>
    /// The persons whom nobody but an operator can decide about, those first who wait longest, each with what is needed
    /// to decide. Decide a <c>cip</c> by <c>POST /operator/partners/{id}/users/{referenceId}/cip/review</c>, an
    /// <c>identity</c> by <c>POST /operator/partners/{id}/identities/{reference}/review</c>. Who was decided about is
    /// not here any more; who begins to wait is here within moments.
    /// </remarks>
    [Function(nameof(ListReviews))]
    [Takes(typeof(ListReviewsQuery))]
    [Answers(200, typeof(Page<ReviewItem>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/reviews")] HttpRequest http
    )
    {
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListReviewsQuery>(query);
        var page = PageRequest.Read(query, asked, "|reviews");
        if (query.Error is { } error)
            return Answer.Error(error);
        var ct = http.HttpContext.RequestAborted;
        var waiting = await index.ListAsync(ReviewIndex.Open, asked.PartnerId, ct);
        var asks = waiting.Where(one => asked.Reference is null || one.Person.Reference == asked.Reference);
        return Answer.Ok(await ReviewIndex.ShowAsync(page, asks, person => details.FindAsync(person, ct), ct));
    }
}

/// <summary>Which reviews are wanted.</summary>
internal sealed record ListReviewsQuery : PageQuery
{
    /// <summary>Only persons of this partner.</summary>
    /// <example>demo</example>
    [PartnerId]
    public PartnerId? PartnerId { get; init; }

    /// <summary>Only the person with this reference.</summary>
    /// <example>cust-9001</example>
    [ReferenceId]
    public ReferenceId? Reference { get; init; }
}

/// <summary>A person who waits for an operator's decision.</summary>
internal sealed record ReviewItem
{
    /// <summary>
    /// <c>cip</c>: about a verification through a link. <c>identity</c>: about documents, a screening, or what a
    /// provider left open; it decides about all references of the person.
    /// </summary>
    /// <example>cip</example>
    public required ReviewKind Kind { get; init; }

    /// <summary>The partner.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The partner's own id of the person, by which it is decided about.</summary>
    /// <example>cust-9001</example>
    public required string Reference { get; init; }

    /// <summary>Since when the person waits.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Our id of the person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>Where the person stands in the partner API.</summary>
    /// <example>cip_failed</example>
    public required UserStatus Status { get; init; }

    /// <summary>Where the account stands in the identity API.</summary>
    /// <example>UNDER_REVIEW</example>
    [JsonConverter(typeof(KycStatusConverter))]
    public required KycStatus KycStatus { get; init; }

    /// <summary>Whether the account is blocked.</summary>
    /// <example>false</example>
    public required bool Blocked { get; init; }

    /// <summary>Other references of the same person. Empty where there are none.</summary>
    /// <example>["cust-9002"]</example>
    public required IReadOnlyList<string> OtherReferences { get; init; }

    /// <summary>
    /// Why an operator is asked. <c>provider_undecided</c>: the provider could not decide; <c>no_result_in_time</c>: it
    /// gave no result; <c>shared_elsewhere</c>: a verification from elsewhere came, and a match is still open;
    /// <c>documents_shared</c>: documents are to be looked at; <c>sanctions_match</c>, <c>pep_match</c>: the partner's
    /// screening found something; <c>screening_too_old</c>: it is more than 90 days old; <c>earlier_match</c>: a match
    /// was found before.
    /// </summary>
    /// <example>["provider_undecided"]</example>
    public required IReadOnlyList<ReviewFinding> Found { get; init; }

    /// <summary>The verification. Absent for an <c>identity</c>.</summary>
    /// <example>cip_demo_01m8ksvgh02h9p5s8ak1y7c4xn</example>
    public string? TicketId { get; init; }

    /// <summary>What is held of the person under this reference, masked.</summary>
    public required IReadOnlyList<ReviewValue> Values { get; init; }

    /// <summary>Paths of what verification needs and is not held. Empty where nothing is missing.</summary>
    /// <example>[]</example>
    public required IReadOnlyList<string> MissingFields { get; init; }

    /// <summary>
    /// The documents that there is a picture of, oldest first: those that were shared, and the one that came with
    /// <c>userData</c>.
    /// </summary>
    public required IReadOnlyList<ReviewDocument> Documents { get; init; }

    /// <summary>The partner's screenings, oldest first.</summary>
    public required IReadOnlyList<ReviewScreening> Screenings { get; init; }

    /// <summary>What was decided about the person before, oldest first.</summary>
    public required IReadOnlyList<ReviewDecision> Decisions { get; init; }
}

/// <summary>Why an operator is asked.</summary>
internal enum ReviewFinding
{
    /// <summary>The provider could not decide.</summary>
    ProviderUndecided,

    /// <summary>The provider gave no result.</summary>
    NoResultInTime,

    /// <summary>A verification from elsewhere came, and a match is still open.</summary>
    SharedElsewhere,

    /// <summary>Documents are to be looked at.</summary>
    DocumentsShared,

    /// <summary>A sanctions list names the person.</summary>
    SanctionsMatch,

    /// <summary>The person is politically exposed.</summary>
    PepMatch,

    /// <summary>The screening was more than 90 days old.</summary>
    ScreeningTooOld,

    /// <summary>A match was found before, and no operator has decided about it.</summary>
    EarlierMatch,
}

/// <summary>A value of the person, masked.</summary>
internal sealed record ReviewValue
{
    /// <summary>The field.</summary>
    /// <example>idNumber</example>
    public required string Path { get; init; }

    /// <summary>The value, masked: enough to recognise it.</summary>
    /// <example>•••MN07</example>
    public required string Value { get; init; }

    /// <summary>Where it came from.</summary>
    /// <example>partner_api</example>
    public required FieldSource Source { get; init; }

    /// <summary>Since when it counts.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>A document that there is a picture of.</summary>
internal sealed record ReviewDocument
{
    /// <summary>The kind of a picture that came with <c>userData</c>.</summary>
    public const string IdImage = "ID_IMAGE";

    /// <summary>
    /// Names the picture for <c>GET /operator/partners/{id}/reviews/{reference}/pictures/{pictureId}</c>.
    /// </summary>
    /// <example>doc_01m8kp85402f4h6k8n1q3s5v7x</example>
    public required string PictureId { get; init; }

    /// <summary>
    /// What it is: as its partner said when it was shared, or <c>ID_IMAGE</c> where it came with <c>userData</c>.
    /// </summary>
    /// <example>PASSPORT</example>
    public required string Kind { get; init; }

    /// <summary>When it came.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A screening that a partner has run.</summary>
internal sealed record ReviewScreening
{
    /// <summary>When we were told.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the partner has screened the person.</summary>
    /// <example>2026-11-01</example>
    public required DateOnly Date { get; init; }

    /// <summary>Whether a sanctions list names the person.</summary>
    /// <example>false</example>
    public required bool Sanctions { get; init; }

    /// <summary>Whether the person is politically exposed.</summary>
    /// <example>true</example>
    public required bool Pep { get; init; }

    /// <summary>Whether it was more than 90 days old when it came.</summary>
    /// <example>false</example>
    public required bool IsOld { get; init; }
}

/// <summary>What an operator has decided about the person.</summary>
internal sealed record ReviewDecision
{
    /// <summary>What it was about.</summary>
    /// <example>cip</example>
    public required ReviewKind Kind { get; init; }

    /// <summary><c>approve</c>, <c>reject</c> or <c>retry</c>.</summary>
    /// <example>retry</example>
    public required string Decision { get; init; }

    /// <summary>When.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who, as <c>X-Operator</c> said. Absent where it was not sent.</summary>
    /// <example>ana.perez@example.com</example>
    public string? Operator { get; init; }

    /// <summary>The note that was left. Absent where there is none, or the person was erased since.</summary>
    /// <example>The picture was blurred</example>
    public string? Note { get; init; }
}
