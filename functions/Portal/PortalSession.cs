using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Portal;

/// <summary>
/// <c>POST</c>, <c>GET</c> and <c>DELETE /portal/session</c>: signs a browser in with an API key, tells a page that was
/// loaded again who is signed in, and signs out.
/// </summary>
/// <remarks>
/// For the page alone, as the widget's routes are: they are not in the API's documents and may change.
/// </remarks>
internal sealed class PortalSession(
    PartnerDirectory partners,
    PartnerSessions sessions,
    SessionCookie cookie,
    PartnerEnvironment environment,
    RateLimiter limiter
)
{
    /// <summary>A sign-in writes a row: nobody needs one every few seconds.</summary>
    private static readonly RateLimit SignIns = new("sign-in", 30);

    [Function("BeginPortalSession")]
    [Answers(201, typeof(PortalSessionView))]
    public async Task<IResult> Begin(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "portal/session")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (http.HeaderText("X-API-Key") is not { Length: > 0 } sent)
            return Answer.Error(ApiError.Unauthorized);
        if (cookie.IsFromElsewhere(http))
            return Answer.Error(ApiError.CsrfTokenInvalid);
        if (!ApiKey.TryParse(sent, environment, out var key) || await partners.FindByKeyAsync(key, ct) is not { } id)
            return Answer.Error(ApiError.InvalidApiKey);
        if (await partners.FindAsync(id, ct) is not { Suspended: false } partner)
            return Answer.Error(ApiError.PartnerSuspended);
        if (await limiter.CountAsync(id.Value, SignIns, ct) is { Admitted: false, ResetAt: var resetAt })
        {
            http.HttpContext.Response.Headers.RetryAfter = limiter
                .SecondsUntil(resetAt)
                .ToString(CultureInfo.InvariantCulture);
            return Answer.Error(ApiError.RateLimitExceeded);
        }
        var (session, token) = await sessions.BeginAsync(id, key, ct);
        cookie.Write(http, token, session.ExpiresAt);
        return Answer.Created(await ShowAsync(partner, session, ct));
    }

    [Function("GetPortalSession")]
    [Answers(200, typeof(PortalSessionView))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "portal/session")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (await FindAsync(http) is not { } session)
            return Answer.Error(ApiError.SessionEnded);
        return await partners.FindAsync(session.Id.Partner, ct) is { Suspended: false } partner
            ? Answer.Ok(await ShowAsync(partner, session, ct))
            : Answer.Error(ApiError.PartnerSuspended);
    }

    [Function("EndPortalSession")]
    [Answers(200, typeof(EndedPortalSession))]
    public async Task<IResult> End(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "portal/session")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (await FindAsync(http) is { } session)
        {
            if (
                cookie.IsFromElsewhere(http)
                || !await sessions.IsCsrfTokenAsync(session, http.HeaderText(PartnerSessions.CsrfHeader) ?? "", ct)
            )
                return Answer.Error(ApiError.CsrfTokenInvalid);
            await sessions.EndAsync(session, ct);
        }
        cookie.Delete(http);
        return Answer.Ok(new EndedPortalSession { SignedOut = true });
    }

    private async Task<PartnerSession?> FindAsync(HttpRequest http) =>
        cookie.Read(http) is { } token ? await sessions.FindAsync(token, http.HttpContext.RequestAborted) : null;

    private async Task<PortalSessionView> ShowAsync(Partner partner, PartnerSession session, CancellationToken ct) =>
        new()
        {
            Partner = new PortalPartner { PartnerId = partner.Id.Value, Name = partner.Name },
            Environment = environment.Name,
            CsrfToken = await sessions.CsrfTokenAsync(session, ct),
            ExpiresAt = session.ExpiresAt,
        };
}

/// <summary>Who is signed in.</summary>
internal sealed record PortalSessionView
{
    /// <summary>The partner whose key was exchanged.</summary>
    public required PortalPartner Partner { get; init; }

    /// <summary><c>sandbox</c> or <c>production</c>.</summary>
    /// <example>sandbox</example>
    public required string Environment { get; init; }

    /// <summary>Goes with every change, in the header <c>X-CSRF-Token</c>.</summary>
    /// <example>b.9vT2m7nXo3m1y0Q6yqkq6m5f3uO8mQ2j8n0cC1b7sVo</example>
    public required string CsrfToken { get; init; }

    /// <summary>When the session ends by itself.</summary>
    /// <example>2026-11-29T22:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The partner of a session.</summary>
internal sealed record PortalPartner
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The partner's name.</summary>
    /// <example>Demo Remesas</example>
    public required string Name { get; init; }
}

/// <summary>The browser is signed out.</summary>
internal sealed record EndedPortalSession
{
    /// <summary>Always true.</summary>
    /// <example>true</example>
    public required bool SignedOut { get; init; }
}
