using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// Guards <c>/eapi</c>: admits signed requests of partners that are not suspended, within their rate limits.
/// </summary>
internal sealed class IdentityGate(
    HmacVerifier verifier,
    PartnerDirectory partners,
    IdentityLimits limits,
    RateLimiter limiter,
    ClientAddress addresses
) : IApiGate
{
    /// <inheritdoc/>
    public bool Guards(Api api) => api == Api.Identities;

    /// <summary>Also keeps the signed body with the request.</summary>
    public async Task<IResult?> RefuseAsync(FunctionContext context, HttpContext http) =>
        await ProblemAsync(context, http) is { } error ? IdentityAnswer.Error(error) : null;

    private async Task<IdentityError?> ProblemAsync(FunctionContext context, HttpContext http)
    {
        if (limits.PerAddress is { } perAddress && !await AdmitAsync(http, SubjectOf(addresses.Of(http)), perAddress))
            return IdentityError.TooManyRequests;
        var maxBody =
            FunctionApis.AttributeOf<MaxBodyAttribute>(context.FunctionDefinition)?.Bytes ?? IdentityInput.MaxBody;
        var result = await verifier.VerifyAsync(http, maxBody);
        if (result is HmacVerifier.Result.Refused { Error: var error })
            return error;
        var verified = (HmacVerifier.Result.Verified)result;
        if (await partners.FindAsync(verified.Partner, http.RequestAborted) is not { Suspended: false } partner)
            return IdentityError.PartnerSuspended;
        http.Keep(partner);
        if (limits.PerPartner is { } perPartner && !await AdmitAsync(http, verified.Partner.Value, perPartner))
            return IdentityError.TooManyRequests;
        IdentityInput.Keep(http, verified.Body);
        return null;
    }

    private async Task<bool> AdmitAsync(HttpContext http, string subject, RateLimit limit)
    {
        var decision = await limiter.CountAsync(subject, limit, http.RequestAborted);
        if (!decision.Admitted)
            http.Response.Headers.RetryAfter = limiter
                .SecondsUntil(decision.ResetAt)
                .ToString(CultureInfo.InvariantCulture);
        return decision.Admitted;
    }

    /// <summary>For IPv6 only the first 64 bits count, because one caller usually has the whole /64 prefix.</summary>
    private static string SubjectOf(IPAddress? address) =>
        RateLimiter.AddressPrefix
        + (
            address switch
            {
                { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexStringLower(
                    address.GetAddressBytes()[..8]
                ),
                null => "unknown",
                _ => address.ToString(),
            }
        );
}
