using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Storage;

internal static class StorageServices
{
    /// <summary>The tables, with a connection string (local) or as the app's managed identity.</summary>
    public static void AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider =>
            configuration["AzureWebJobsStorage"] is { Length: > 0 } connection
                ? new TableServiceClient(connection)
                : new TableServiceClient(
                    new Uri(configuration.Require("AzureWebJobsStorage:tableServiceUri")),
                    provider.GetRequiredService<TokenCredential>()
                )
        );
        services.AddSingleton<AppTables>();
        services.AddHostedService(provider => provider.GetRequiredService<AppTables>());
    }
}
