using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Storage;

internal static partial class StorageServices
{
    /// <summary>The tables, with a connection string (local) or as the app's managed identity.</summary>
    public static void AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<StorageOptions>(configuration)
            .Validate(
                options => options.ConnectionString is not null || options.TableService is not null,
                "Setting 'AzureWebJobsStorage:tableServiceUri' is missing: set it, or 'AzureWebJobsStorage'."
            )
            .Validate(
                options => options.ConnectionString is null || IsConnectionString(options.ConnectionString),
                "Setting 'AzureWebJobsStorage' must be the connection string of a storage account."
            )
            .Validate(
                options => SettingRules.IsHttpsOrMissing(options.TableService),
                "Setting 'AzureWebJobsStorage:tableServiceUri' must be an https address such as "
                    + "https://name.table.core.windows.net."
            )
            .Validate(
                options => options.TablePrefix.Length == 0 || TablePrefix().IsMatch(options.TablePrefix),
                "Setting 'Storage:TablePrefix' must be a letter and at most 39 more letters and digits."
            );
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<StorageOptions>>().Value;
            return options.ConnectionString is { } connection
                ? new TableServiceClient(connection)
                : new TableServiceClient(options.TableService, provider.GetRequiredService<TokenCredential>());
        });
        services.AddSingleton<RowKinds>();
        services.AddSingleton<AppTables>();
        services.AddHostedService(provider => provider.GetRequiredService<AppTables>());
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            // Only the client can parse a connection string, so let it try.
            _ = new TableServiceClient(text);
            return true;
        }
        catch (Exception ex) when (ex is FormatException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    // A table name has at most 63 characters; our longest has 16.
    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]{0,39}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TablePrefix();
}
