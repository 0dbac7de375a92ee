using Serverless.Functions.Settings;

namespace Serverless.Functions.Security;

/// <summary>Who the app is in Azure, and where its secrets are.</summary>
internal sealed class SecurityOptions
{
    /// <summary>The identity that is assigned to the app by the user; null: the one of whoever runs it.</summary>
    [Setting("AZURE_CLIENT_ID")]
    public string? ClientId { get; init; }

    /// <summary>The vault that holds the secrets; null: settings do.</summary>
    [Setting("KeyVault:Uri")]
    public Uri? KeyVault { get; init; }

    /// <summary>Secrets by their name, where there is no vault.</summary>
    [Setting("Secrets")]
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The secret that the app cannot do without; null where it is missing or empty.</summary>
    public string? KeyRing =>
        Secrets.GetValueOrDefault(Security.KeyRing.SecretName) is { Length: > 0 } ring ? ring : null;
}
