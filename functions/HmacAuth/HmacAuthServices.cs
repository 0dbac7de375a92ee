using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;

namespace Serverless.Functions.HmacAuth;

internal static class HmacAuthServices
{
    /// <summary>Who may call under <c>/eapi</c>.</summary>
    public static void AddHmacAuth(this IServiceCollection services)
    {
        services.AddSingleton<NonceStore>();
        services.AddSingleton<HmacVerifier>();
        services.AddSingleton<IdentityLimits>();
        services.AddSingleton<IApiGate, IdentityGate>();
    }
}
