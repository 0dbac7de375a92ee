using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Partners;

/// <summary>
/// Authenticates calls under <c>/partner</c>, by an API key or by the session of a browser that was exchanged for one:
/// the partner must not be suspended and must be within its rate limits.
/// </summary>
internal sealed class PartnerGate(
    PartnerDirectory partners,
    PartnerEnvironment environment,
    PartnerSessions sessions,
    SessionCookie cookie,
    RateLimiter limiter
) : IApiGate
{
    /// <summary>Begins the subject of a partner's pages: they do not use up the calls of its servers.</summary>
    private const string PagePrefix = "page|";

    /// <inheritdoc/>
    public bool Guards(Api api) => api is Api.Partner or Api.KycSessions;

    /// <inheritdoc/>
    public async Task<IResult?> RefuseAsync(FunctionContext context, HttpContext http) =>
        await ProblemAsync(context, http) is { } error ? FunctionApis.Refusal(http.Request, error) : null;

    private async Task<ApiError?> ProblemAsync(FunctionContext context, HttpContext http)
    {
        var ct = http.RequestAborted;
        PartnerId id;
        string subject;
        if (http.Request.HeaderText("X-API-Key") is { Length: > 0 } sent)
        {
            // A comma means that the header was sent twice: two keys are refused.
            if (sent.Contains(',', StringComparison.Ordinal))
                return ApiError.Unauthorized;
            if (
                !ApiKey.TryParse(sent, environment, out var key)
                || await partners.FindByKeyAsync(key, ct) is not { } owner
            )
                return ApiError.InvalidApiKey;
            http.KeepKey(key.Hash);
            (id, subject) = (owner, owner.Value);
        }
        else if (cookie.Read(http.Request) is { } token && !http.Request.IsForIdentities())
        {
            if (await sessions.FindAsync(token, ct) is not { } session)
                return ApiError.SessionEnded;
            if (await IsForgedAsync(http.Request, session))
                return ApiError.CsrfTokenInvalid;
            http.KeepKey(session.KeyHash);
            (id, subject) = (session.Id.Partner, PagePrefix + session.Id.Partner.Value);
        }
        else
        {
            return ApiError.Unauthorized;
        }
        if (await partners.FindAsync(id, ct) is not { Suspended: false } partner)
            return ApiError.PartnerSuspended;
        http.Keep(partner);

        var limit = FunctionApis.AttributeOf<CallLimitAttribute>(context.FunctionDefinition)?.Limit ?? RateLimit.Other;
        var decision = await limiter.CountAsync(subject, limit, ct);
        http.Response.Headers["X-RateLimit-Limit"] = decision.Limit.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["X-RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["X-RateLimit-Reset"] = UnixSecondsAfter(decision.ResetAt)
            .ToString(CultureInfo.InvariantCulture);
        if (!decision.Admitted)
        {
            http.Response.Headers.RetryAfter = limiter
                .SecondsUntil(decision.ResetAt)
                .ToString(CultureInfo.InvariantCulture);
            return ApiError.RateLimitExceeded;
        }
        return null;
    }

    /// <summary>
    /// True for a change that the session's own page did not ask for: a browser sends the cookie with everything.
    /// </summary>
    private async Task<bool> IsForgedAsync(HttpRequest request, PartnerSession session)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return false;
        return cookie.IsFromElsewhere(request)
            || request.HeaderText(PartnerSessions.CsrfHeader) is not { Length: > 0 } sent
            || !await sessions.IsCsrfTokenAsync(session, sent, request.HttpContext.RequestAborted);
    }

    private static long UnixSecondsAfter(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() + 999) / 1000;
}

/// <summary>The authenticated partner of a request.</summary>
internal static class PartnerRequest
{
    private static readonly object HashOfKey = new();

    /// <summary>Stores the hash of the API key that a request came with, or whose session it has.</summary>
    public static void KeepKey(this HttpContext http, string hash) => http.Items[HashOfKey] = hash;

    /// <summary>The hash of the API key that the request came with, or whose session it has.</summary>
    public static string? KeyHash(this HttpRequest request) => request.HttpContext.Items[HashOfKey] as string;

    /// <summary>Stores the partner of a request and adds it to the log scope.</summary>
    public static void Keep(this HttpContext http, Partner partner)
    {
        http.Items[typeof(Partner)] = partner;
        http.Items[LogScopes.Partner] = partner.Id.Value;
    }

    /// <exception cref="InvalidOperationException">The route is not under <c>/partner</c> or <c>/eapi</c>.</exception>
    public static Partner Partner(this HttpRequest request) =>
        request.HttpContext.Items[typeof(Partner)] as Partner
        ?? throw new InvalidOperationException("Only routes under /partner and /eapi know their partner.");
}
