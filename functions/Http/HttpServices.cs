using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Http;

internal static class HttpServices
{
    /// <summary>What every HTTP function may ask for.</summary>
    public static void AddHttp(this IServiceCollection services)
    {
        services.AddSingleton<ClientAddress>();
    }
}
