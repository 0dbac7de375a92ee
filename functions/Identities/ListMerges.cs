using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Identities;

/// <summary>
/// <c>GET /operator/merges?partnerId=&amp;outcome=&amp;page=&amp;limit=</c>: a partner's merges, including refused
/// ones that need a human decision, newest first.
/// </summary>
internal sealed class ListMerges(MergeLog log)
{
    [Function(nameof(ListMerges))]
    [Answers(200, typeof(Page<MergeEntry>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/merges")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var id = query.Matching("partnerId", PartnerId.Pattern, PartnerId.Rule);
        var outcome = query.OneOf(
            "outcome",
            [.. Enum.GetNames<MergeOutcome>().Select(name => name.ToLowerInvariant())]
        );
        if (id is null && !http.Query.ContainsKey("partnerId"))
            query.Fail("partnerId", "is required");
        var partner = PartnerId.FromStorage(id ?? "");
        var page = PageRequest.Read(query, partner, "merges");
        if (query.Error is { } error)
            return Answer.Error(error);
        var found = log.ReadAsync(partner, ct)
            .Where(entry =>
                outcome is null || string.Equals(entry.Outcome.ToString(), outcome, StringComparison.OrdinalIgnoreCase)
            );
        var (items, pagination) = await page.TakeAsync(found, KeyOf, ct);
        return Answer.Ok(new Page<MergeEntry> { Items = items, Pagination = pagination });
    }

    private static string KeyOf(MergeEntry entry) => MergeId.FromStorage(entry.MergeId).Id.Text;
}
