using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Security;
using Serverless.Functions.Settings;
using Serverless.Functions.Storage;

namespace Serverless.Functions.KycSharing;

internal static class KycSharingServices
{
    /// <summary>Registers the sharing of KYC and its provider.</summary>
    public static void AddKycSharing(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<KycOptions>(configuration)
            .Validate(options => !IsAlone(options, options.ProviderUrl), Alone("Kyc:ProviderUrl"))
            .Validate(options => !IsAlone(options, options.AppToken), Alone($"Secrets:{SumsubKycProvider.AppToken}"))
            .Validate(options => !IsAlone(options, options.SecretKey), Alone($"Secrets:{SumsubKycProvider.SecretKey}"))
            .Validate(
                options => !IsMissing(options, options.AppToken),
                ConfigurationSecrets.Missing(SumsubKycProvider.AppToken)
            )
            .Validate(
                options => !IsMissing(options, options.SecretKey),
                ConfigurationSecrets.Missing(SumsubKycProvider.SecretKey)
            )
            .Validate(options => options.HasUsableAddress, "Setting 'Kyc:ProviderUrl' must be an https URL.");
        services.AddSingleton<IKycProvider>(provider =>
            provider.GetRequiredService<IOptions<KycOptions>>().Value.Level is null
                ? new NoKycProvider()
                : ActivatorUtilities.CreateInstance<SumsubKycProvider>(provider)
        );
        services.AddHostedService<KycCredentials>();
        services.AddRow<KycShare>();
        services.AddRow<SharedDocument>();
        services.AddRow<Reliance>();
        services.AddRow<BlockChange>();
        services.AddSingleton<Arrival>();
        services.AddSingleton<ShareTokens>();
        services.AddSingleton<SettleShare>();
        services.AddSingleton<IEventFollower, KycShareFollower>();
    }

    private static bool IsAlone(KycOptions options, object? setting) => setting is not null && options.Level is null;

    private static bool IsMissing(KycOptions options, string? secret) =>
        secret is null && options is { Level: not null, KeyVault: null };

    private static string Alone(string name) =>
        $"Setting '{name}' is there, but 'Kyc:Level' is not: name the verification level, or remove both to have no "
        + "KYC sharing.";
}
