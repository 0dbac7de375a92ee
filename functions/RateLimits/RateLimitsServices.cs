using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.RateLimits;

internal static class RateLimitsServices
{
    /// <summary>The counter of calls.</summary>
    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<RateLimiter>();
    }
}
