using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.RateLimits;

internal static class RateLimitsServices
{
    /// <summary>Registers the rate limiter.</summary>
    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<RateLimiter>();
    }
}
