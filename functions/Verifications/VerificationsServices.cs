using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Verifications;

internal static class VerificationsServices
{
    /// <summary>One-time codes.</summary>
    public static void AddVerifications(this IServiceCollection services)
    {
        services.AddSingleton<OneTimeCodeStore>();
    }
}
