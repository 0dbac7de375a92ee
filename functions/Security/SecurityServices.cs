using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Security;

internal static class SecurityServices
{
    /// <summary>Registers the app's identity in Azure, its secrets, and the key ring.</summary>
    public static void AddSecurity(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<SecurityOptions>(configuration)
            .Validate(
                options => SettingRules.IsHttpsOrMissing(options.KeyVault),
                "Setting 'KeyVault:Uri' must be an https address such as https://name.vault.azure.net."
            )
            .Validate(
                options => options.KeyVault is not null || options.KeyRing is not null,
                ConfigurationSecrets.Missing(KeyRing.SecretName)
            )
            .Validate(
                options =>
                    options.KeyVault is not null || options.KeyRing is null || KeyRing.IsWellFormed(options.KeyRing),
                KeyRing.Shape
            );
        services.AddSingleton<TokenCredential>(provider => new DefaultAzureCredential(
            new DefaultAzureCredentialOptions { ManagedIdentityClientId = OptionsOf(provider).ClientId }
        ));
        services.AddSingleton<ISecretSource>(provider =>
            OptionsOf(provider).KeyVault is { } vault
                ? new KeyVaultSecrets(new SecretClient(vault, provider.GetRequiredService<TokenCredential>()))
                : new ConfigurationSecrets(OptionsOf(provider).Secrets)
        );
        services.AddSingleton<KeyRing>();
    }

    private static SecurityOptions OptionsOf(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<SecurityOptions>>().Value;
}
