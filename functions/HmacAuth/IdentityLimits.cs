using Microsoft.Extensions.Options;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// Calls a minute over all of <c>/eapi</c>: 500 of one source address in production,
/// counted before anything else; 120 of one partner in the sandbox, counted once the request is authenticated.
/// <see cref="IdentityOptions.CallsPerMinute"/> replaces the number.
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
