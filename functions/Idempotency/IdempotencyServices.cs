using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Idempotency;

internal static class IdempotencyServices
{
    /// <summary>Requests that are repeated with their key.</summary>
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<IdempotentWork>();
    }
}
