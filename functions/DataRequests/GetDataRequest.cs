using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>
/// <c>GET /partner/data-requests/{id}</c>: the requested fields and the request's status. No values.
/// </summary>
internal sealed class GetDataRequest(PersonStore persons, LinkIndex index, TimeProvider time)
{
    /// <summary>Get a data request</summary>
    /// <remarks>
    /// What you were asked for, what is still missing, and until when you can answer. If your endpoint's response to
    /// the webhook was no answer, <c>answerNote</c> says why.
    /// </remarks>
    [Function(nameof(GetDataRequest))]
    [Answers(200, typeof(DataRequestView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/data-requests/{dataRequestId}")]
            HttpRequest http,
        string dataRequestId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !DataRequestId.TryParse(dataRequestId, out var id)
            || id.Link.Partner != http.Partner().Id
            || await index.FindOwnerAsync(id.Link, ct) is not { } owner
        )
            return Answer.Error(ApiError.NotFound);
        var person = await persons.ReadAsync(owner, [DataRequest.RowKeyOf(id)], ct);
        if (person.Request(id) is not { } request)
            return Answer.Error(ApiError.NotFound);
        return Answer.Ok(
            new DataRequestView
            {
                DataRequestId = id.Value,
                ReferenceId = owner.Reference.Value,
                LinkId = id.Link.Value,
                Status = request.StatusAt(time.GetUtcNow()),
                RequiredFields = request.RequiredFields,
                MissingFields = [.. request.RequiredFields.Intersect(person.MissingCipFields)],
                AnswerNote = request.AnswerNote,
                CreatedAt = request.CreatedAt,
                ExpiresAt = request.ExpiresAt,
                FulfilledAt = request.FulfilledAt,
                FellBackAt = request.FellBackAt,
            }
        );
    }
}

/// <summary>A data request: what you were asked for, and what came of it. No values.</summary>
internal sealed record DataRequestView
{
    /// <summary>The data request. A link has at most one.</summary>
    /// <example>dr_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string DataRequestId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Where it stands now.</summary>
    /// <example>pending</example>
    public required DataRequestStatus Status { get; init; }

    /// <summary>Paths of what you are asked for, as in <c>userData</c>: <c>name.firstName</c>, <c>dob</c>, …</summary>
    public required IReadOnlyList<string> RequiredFields { get; init; }

    /// <summary>
    /// Those of <c>requiredFields</c> that nobody has given yet: neither you nor the person. Empty where nothing is
    /// missing.
    /// </summary>
    public required IReadOnlyList<string> MissingFields { get; init; }

    /// <summary>
    /// Why what your endpoint sent in its response to the webhook was not taken as an answer. Absent where there is
    /// nothing to say.
    /// </summary>
    /// <example>The answer's body has no member userData, so it only says that the request was received.</example>
    public string? AnswerNote { get; init; }

    /// <summary>When you were asked.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when you can answer: the expiry of the link.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When you first answered. Absent until then.</summary>
    /// <example>2026-11-29T14:01:00.000Z</example>
    public DateTimeOffset? FulfilledAt { get; init; }

    /// <summary>
    /// Since when the page asks the person instead of waiting for you. Absent while it waits. You can still answer.
    /// </summary>
    /// <example>2026-11-29T14:03:10.000Z</example>
    public DateTimeOffset? FellBackAt { get; init; }
}
