using Serverless.Functions.Settings;

namespace Serverless.Functions.Security;

/// <summary>The app's identity in Azure, and where its secrets are.</summary>
internal sealed class SecurityOptions
{
    /// <summary>The app's user-assigned identity; null: the default identity of the machine or user.</summary>
    [Setting("AZURE_CLIENT_ID")]
    public string? ClientId { get; init; }

    /// <summary>The vault that contains the secrets; null: the settings contain them.</summary>
    [Setting("KeyVault:Uri")]
    public Uri? KeyVault { get; init; }

    /// <summary>Secrets by name, if there is no vault.</summary>
    [Setting("Secrets")]
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The key ring, which the app requires; null if it is missing or empty.</summary>
    public string? KeyRing =>
        Secrets.GetValueOrDefault(Security.KeyRing.SecretName) is { Length: > 0 } ring ? ring : null;
}
