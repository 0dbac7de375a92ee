using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Security;

internal static class SecurityServices
{
    /// <summary>Who the app is in Azure, its secrets, and the key ring.</summary>
    public static void AddSecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<TokenCredential>(_ => new DefaultAzureCredential(
            new DefaultAzureCredentialOptions { ManagedIdentityClientId = configuration["AZURE_CLIENT_ID"] }
        ));
        services.AddSingleton<ISecretSource>(provider =>
            configuration["KeyVault:Uri"] is { Length: > 0 } vault
                ? new KeyVaultSecrets(new SecretClient(new Uri(vault), provider.GetRequiredService<TokenCredential>()))
                : new ConfigurationSecrets(configuration)
        );
        services.AddSingleton<KeyRing>();
    }
}
