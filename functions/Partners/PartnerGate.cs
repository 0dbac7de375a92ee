using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Observability;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Partners;

/// <summary>
/// Authenticates calls under <c>/partner</c>: the API key's partner must not be suspended and must be within its rate
/// limits.
/// </summary>
internal sealed class PartnerGate(PartnerDirectory partners, PartnerEnvironment environment, RateLimiter limiter)
    : IApiGate
{
    /// <inheritdoc/>
    public bool Guards(Api api) => api is Api.Partner or Api.KycSessions;

    /// <inheritdoc/>
    public async Task<IResult?> RefuseAsync(FunctionContext context, HttpContext http) =>
        await ProblemAsync(context, http) is { } error ? FunctionApis.Refusal(http.Request, error) : null;

    private async Task<ApiError?> ProblemAsync(FunctionContext context, HttpContext http)
    {
        // A comma means that the header was sent twice: two keys are refused.
        if (
            http.Request.HeaderText("X-API-Key") is not { Length: > 0 } sent
            || sent.Contains(',', StringComparison.Ordinal)
        )
            return ApiError.Unauthorized;
        if (
            !ApiKey.TryParse(sent, environment, out var key)
            || await partners.FindByKeyAsync(key, http.RequestAborted) is not { } id
        )
            return ApiError.InvalidApiKey;
        if (await partners.FindAsync(id, http.RequestAborted) is not { Suspended: false } partner)
            return ApiError.PartnerSuspended;

        var limit = FunctionApis.AttributeOf<CallLimitAttribute>(context.FunctionDefinition)?.Limit ?? RateLimit.Other;
        var decision = await limiter.CountAsync(id.Value, limit, http.RequestAborted);
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
        http.Keep(partner);
        return null;
    }

    private static long UnixSecondsAfter(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() + 999) / 1000;
}

/// <summary>The authenticated partner of a request.</summary>
internal static class PartnerRequest
{
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
