using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Idempotency;

internal static class IdempotencyServices
{
    /// <summary>Registers the handling of <c>Idempotency-Key</c>.</summary>
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<IdempotentWork>();
    }
}
