using Serverless.Functions.Settings;

namespace Serverless.Functions.KycSharing;

/// <summary>The provider that KYC is shared through; without a level there is none.</summary>
internal sealed class KycOptions
{
    /// <summary>The verification level at Sumsub that a shared person must meet.</summary>
    [Setting("Kyc:Level")]
    public string? Level { get; init; }

    /// <summary>Null: Sumsub's own address.</summary>
    [Setting("Kyc:ProviderUrl")]
    public Uri? ProviderUrl { get; init; }

    /// <summary>Here to be missed, or to be too much; used is what the source of secrets holds.</summary>
    [Setting($"Secrets:{SumsubKycProvider.AppToken}")]
    public string? AppToken { get; init; }

    /// <inheritdoc cref="AppToken"/>
    [Setting($"Secrets:{SumsubKycProvider.SecretKey}")]
    public string? SecretKey { get; init; }

    /// <summary>Where there is a vault, the credentials are asked for at the start and not here.</summary>
    [Setting("KeyVault:Uri")]
    public Uri? KeyVault { get; init; }

    public bool HasUsableAddress =>
        SettingRules.IsHttpsOrMissing(ProviderUrl)
        || (ProviderUrl!.IsAbsoluteUri && ProviderUrl.Scheme == Uri.UriSchemeHttp && ProviderUrl.IsLoopback);
}
