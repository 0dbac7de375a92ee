using Serverless.Functions.Settings;

namespace Serverless.Functions.KycSharing;

/// <summary>The provider for sharing KYC; without a level there is none.</summary>
internal sealed class KycOptions
{
    /// <summary>The verification level at Sumsub that a shared person must meet.</summary>
    [Setting("Kyc:Level")]
    public string? Level { get; init; }

    /// <summary>Null: Sumsub's own address.</summary>
    [Setting("Kyc:ProviderUrl")]
    public Uri? ProviderUrl { get; init; }

    /// <summary>
    /// Only validated here, for a missing or superfluous value; the provider reads it from the source of secrets.
    /// </summary>
    [Setting($"Secrets:{SumsubKycProvider.AppToken}")]
    public string? AppToken { get; init; }

    /// <inheritdoc cref="AppToken"/>
    [Setting($"Secrets:{SumsubKycProvider.SecretKey}")]
    public string? SecretKey { get; init; }

    /// <summary>With a vault, the credentials are checked there at the start and not in these settings.</summary>
    [Setting("KeyVault:Uri")]
    public Uri? KeyVault { get; init; }

    public bool HasUsableAddress =>
        SettingRules.IsHttpsOrMissing(ProviderUrl)
        || (ProviderUrl!.IsAbsoluteUri && ProviderUrl.Scheme == Uri.UriSchemeHttp && ProviderUrl.IsLoopback);
}
