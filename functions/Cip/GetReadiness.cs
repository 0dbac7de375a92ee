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
    /// <summary>Ask whether a verification can start</summary>
    /// <remarks>
    /// Whether enough is known of the link's person to verify them, and what is missing. It changes nothing.
    /// </remarks>
    [Function(nameof(GetReadiness))]
    [Answers(200, typeof(ReadinessAnswer))]
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
            new ReadinessAnswer
            {
                LinkId = id.Value,
                Ready = missing.Count == 0,
                MissingFields = missing,
            }
        );
    }
}

/// <summary>Whether enough is known to verify a link's person.</summary>
internal sealed record ReadinessAnswer
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>True where nothing is missing.</summary>
    /// <example>false</example>
    public required bool Ready { get; init; }

    /// <summary>Paths of what is missing, as in <c>userData</c>. Empty where nothing is.</summary>
    public required IReadOnlyList<string> MissingFields { get; init; }
}
