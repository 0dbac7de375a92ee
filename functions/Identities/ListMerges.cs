using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Identities;

/// <summary><c>GET /operator/merges</c>.</summary>
internal sealed class ListMerges(MergeLog log, RequestReader requests)
{
    /// <summary>List merges</summary>
    /// <remarks>
    /// The merges of a partner's accounts, newest first, and those that were refused and need a person's decision.
    /// </remarks>
    [Function(nameof(ListMerges))]
    [Takes(typeof(ListMergesQuery))]
    [Answers(200, typeof(Page<MergeEntry>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/merges")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListMergesQuery>(query);
        var page = PageRequest.Read(query, asked, asked.PartnerId, "merges");
        if (query.Error is { } error)
            return Answer.Error(error);
        var found = log.ReadAsync(asked.PartnerId, ct)
            .Where(entry => asked.Outcome is null || entry.Outcome == asked.Outcome);
        var (items, pagination) = await page.TakeAsync(found, KeyOf, ct);
        return Answer.Ok(new Page<MergeEntry> { Items = items, Pagination = pagination });
    }

    private static string KeyOf(MergeEntry entry) => MergeId.FromStorage(entry.MergeId).Id.Text;
}

/// <summary>Which merges are wanted.</summary>
internal sealed record ListMergesQuery : PageQuery
{
    /// <summary>The partner whose accounts they are.</summary>
    /// <example>demo</example>
    [PartnerId(Required = true)]
    public PartnerId PartnerId { get; init; } = PartnerId.FromStorage("");

    /// <summary>Only those that ended so.</summary>
    /// <example>conflict</example>
    [OneOf<MergeOutcome>]
    public MergeOutcome? Outcome { get; init; }
}
