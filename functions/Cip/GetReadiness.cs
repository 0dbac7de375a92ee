using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

/// <summary>
/// <c>GET /partner/links/{linkId}/cip/readiness</c>: is there enough data to verify the person? Changes and records
/// nothing.
/// </summary>
internal sealed class GetReadiness(LinkStore links)
{
    [Function(nameof(GetReadiness))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/links/{linkId}/cip/readiness")]
            HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !LinkId.TryParse(linkId, out var id)
            || id.Partner != http.Partner().Id
            || await links.FindAsync(id, ct) is not var (_, person)
        )
            return Answer.Error(ApiError.NotFound);
        var missing = person.MissingCipFields;
        return Answer.Ok(
            new
            {
                linkId = id.Value,
                ready = missing.Count == 0,
                missingFields = missing,
            }
        );
    }
}
