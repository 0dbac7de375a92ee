using Azure.Security.KeyVault.Secrets;

namespace Serverless.Functions.Security;

/// <summary>Where secrets come from: Key Vault in Azure, configuration elsewhere.</summary>
internal interface ISecretSource
{
    /// <summary>The secret's current value.</summary>
    /// <exception cref="InvalidOperationException">There is no such secret.</exception>
    Task<string> GetAsync(string name, CancellationToken ct);
}

/// <summary>Secrets from the settings <c>Secrets:{name}</c>.</summary>
internal sealed class ConfigurationSecrets(IReadOnlyDictionary<string, string> secrets) : ISecretSource
{
    public Task<string> GetAsync(string name, CancellationToken ct) =>
        Task.FromResult(
            secrets.GetValueOrDefault(name) is { Length: > 0 } value
                ? value
                : throw new InvalidOperationException(Missing(name))
        );

    /// <summary>How to fix a missing secret.</summary>
    public static string Missing(string name) =>
        $"Setting 'Secrets:{name}' is missing. Set it, or set 'KeyVault:Uri' to read it from Key Vault.";
}

/// <summary>Secrets from the vault <c>KeyVault:Uri</c>: the newest enabled version.</summary>
internal sealed class KeyVaultSecrets(SecretClient client) : ISecretSource
{
    public async Task<string> GetAsync(string name, CancellationToken ct) =>
        (await client.GetSecretAsync(name, cancellationToken: ct)).Value.Value;
}
