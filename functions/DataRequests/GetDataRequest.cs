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
    [Function(nameof(GetDataRequest))]
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
            new
            {
                dataRequestId = id.Value,
                referenceId = owner.Reference.Value,
                linkId = id.Link.Value,
                status = request.StatusAt(time.GetUtcNow()),
                requiredFields = request.RequiredFields,
                missingFields = request.RequiredFields.Intersect(person.MissingCipFields),
                answerNote = request.AnswerNote,
                createdAt = request.CreatedAt,
                expiresAt = request.ExpiresAt,
                fulfilledAt = request.FulfilledAt,
                fellBackAt = request.FellBackAt,
            }
        );
    }
}
