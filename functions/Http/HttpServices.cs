using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Http;

internal static class HttpServices
{
    /// <summary>Registers the services that HTTP functions share.</summary>
    public static void AddHttp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<HttpOptions>(configuration);
        services.AddSingleton<ClientAddress>();
        services.AddSingleton<RequestReader>();
    }
}
