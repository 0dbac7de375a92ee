using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;
using Serverless.Functions.Settings;

namespace Serverless.Functions.HmacAuth;

internal static class HmacAuthServices
{
    /// <summary>Registers the authentication of calls under <c>/eapi</c>.</summary>
    public static void AddHmacAuth(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<IdentityOptions>(configuration)
            .Validate(
                options => options.CallsPerMinute is null or >= 10,
                "Setting 'Identities:CallsPerMinute' must be 10 or more."
            );
        services.AddSingleton<NonceStore>();
        services.AddSingleton<HmacVerifier>();
        services.AddSingleton<IdentityLimits>();
        services.AddSingleton<IApiGate, IdentityGate>();
    }
}
