using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary><c>GET /partner/links/{linkId}</c>. Another partner's link is 404.</summary>
internal sealed class GetLink(LinkStore links, TimeProvider time)
{
    /// <summary>Get a link</summary>
    /// <remarks>
    /// The link as it stands now. Webhooks tell you of each change; ask here when you have missed one.
    /// </remarks>
    [Function(nameof(GetLink))]
    [Answers(200, typeof(LinkView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/links/{linkId}")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !LinkId.TryParse(linkId, out var id)
            || id.Partner != http.Partner().Id
            || await links.FindAsync(id, ct) is not var (link, person)
        )
            return Answer.Error(ApiError.NotFound);
        return Answer.Ok(LinkView.Detail(link, time.GetUtcNow(), UserDataView.Of(await person.ReadNamesAsync(ct))));
    }
}
