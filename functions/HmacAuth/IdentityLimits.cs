using Microsoft.Extensions.Options;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// Calls per minute over all of <c>/eapi</c>: 500 per source address in production, counted before any other check;
/// 120 per partner in the sandbox, counted after authentication. <see cref="IdentityOptions.CallsPerMinute"/> replaces
/// the number.
/// </summary>
internal sealed class IdentityLimits
{
    public IdentityLimits(IOptions<IdentityOptions> options, PartnerEnvironment environment)
    {
        var calls = options.Value.CallsPerMinute;
        if (environment == PartnerEnvironment.Production)
            PerAddress = new RateLimit("identities", calls ?? 500);
        else
            PerPartner = new RateLimit("identities", calls ?? 120);
    }

    public RateLimit? PerAddress { get; }

    public RateLimit? PerPartner { get; }
}
