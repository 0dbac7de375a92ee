using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>POST /partner/links/{linkId}/revoke</c>: only a link that is created or opened.
/// </summary>
internal sealed class RevokeLink(LinkStore links, LinkIndex index, RequestReader requests, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Revoke a link</summary>
    /// <remarks>
    /// Takes back a link that is <c>created</c> or <c>opened</c>: its page no longer works, and its person can get
    /// another one. A link in progress cannot be revoked.
    /// </remarks>
    [Function(nameof(RevokeLink))]
    [Accepts(typeof(RevokeLinkRequest), Optional = true)]
    [Answers(200, typeof(RevokedLink))]
    [Refuses(409, ErrorCodes.LinkNotRevocable)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/links/{linkId}/revoke")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        var request = requests.Read<RevokeLinkRequest>(body.Input);
        if (!LinkId.TryParse(linkId, out var id) || id.Partner != http.Partner().Id)
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        var now = time.Now();
        var result = await links.ChangeAsync(id, (person, link) => Revoke(person, link, request.Reason, now), ct);
        if (result is { Changed: true, Link: var revoked })
            await index.RevokeAsync(revoked, ct);
        return result switch
        {
            null => Answer.Error(ApiError.NotFound),
            { Changed: false, Link: var link } => Answer.Error(LinkErrors.NotRevocable(link, now)),
            { Link: var link } => Answer.Ok(
                new RevokedLink
                {
                    LinkId = linkId,
                    Status = LinkStatus.Revoked,
                    RevokedAt = link.RevokedAt!.Value,
                }
            ),
        };
    }

    private Link? Revoke(Person person, Link link, string? reason, DateTimeOffset now)
    {
        if (!LinkTransitions.Allows(link.StatusAt(now), LinkStatus.Revoked))
            return null;
        var revoked = link with { Stored = LinkStatus.Revoked, RevokedAt = now, RevokeReason = reason };
        links.Close(person, revoked, isTimeUp: false, now);
        return revoked;
    }
}

/// <summary>A request to revoke a link.</summary>
internal sealed record RevokeLinkRequest
{
    /// <summary>Why, for your own records: the link's webhook and activity show it. At most 500 characters.</summary>
    /// <example>The order was cancelled.</example>
    [Text(1, 500)]
    public string? Reason { get; init; }
}

/// <summary>A link that was revoked: its page no longer opens, and the person can get another one.</summary>
internal sealed record RevokedLink
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Always <c>revoked</c>.</summary>
    /// <example>revoked</example>
    public required LinkStatus Status { get; init; }

    /// <summary>When it was revoked.</summary>
    /// <example>2026-11-29T14:10:00.000Z</example>
    public required DateTimeOffset RevokedAt { get; init; }
}
