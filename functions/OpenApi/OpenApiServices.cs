using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.OpenApi;

internal static class OpenApiServices
{
    /// <summary>Registers the API's documents.</summary>
    public static void AddOpenApi(this IServiceCollection services) => services.AddSingleton<ApiDocuments>();
}
