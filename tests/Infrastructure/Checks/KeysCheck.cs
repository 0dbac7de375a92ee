using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>Access by identity alone, encryption on the way, and no secret in any file.</summary>
internal static partial class KeysCheck
{
    /// <summary>What each resource of a type must say.</summary>
    private static readonly (string Type, string Path, string Value)[] Rules =
    [
        ("Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.allowBlobPublicAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.supportsHttpsTrafficOnly", "true"),
        ("Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", "TLS1_2"),
        ("Microsoft.Storage/storageAccounts/blobServices/containers", "properties.publicAccess", "None"),
        ("Microsoft.ServiceBus/namespaces", "properties.disableLocalAuth", "true"),
        ("Microsoft.ServiceBus/namespaces", "properties.minimumTlsVersion", "1.2"),
        ("Microsoft.KeyVault/vaults", "properties.enableRbacAuthorization", "true"),
        ("Microsoft.KeyVault/vaults", "properties.enablePurgeProtection", "true"),
        ("Microsoft.KeyVault/vaults", "properties.enableSoftDelete", "true"),
        ("Microsoft.Communication/communicationServices", "properties.disableLocalAuth", "true"),
        ("Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", "true"),
        ("Microsoft.Insights/components", "properties.DisableLocalAuth", "true"),
        ("Microsoft.Web/sites", "properties.httpsOnly", "true"),
        ("Microsoft.Web/sites", "properties.siteConfig.minTlsVersion", "1.2"),
        ("Microsoft.Web/sites/basicPublishingCredentialsPolicies", "properties.allow", "false"),
    ];

    private static readonly string[] Keys =
    [
        "Microsoft.KeyVault/vaults/secrets",
        "Microsoft.ServiceBus/namespaces/AuthorizationRules",
    ];

    public static IEnumerable<string> Problems(Template template)
    {
        foreach (var deployment in template.Deployments)
        {
            foreach (var (type, path, value) in Rules)
            {
                if (!deployment.Of(type).Any())
                    yield return $"{deployment.Name}: there is no {type}";
                foreach (var resource in deployment.Of(type).Where(resource => !Says(resource, path, value)))
                    yield return $"{deployment.Name}: {resource.Name}: {path} must be {value}";
            }
            foreach (var kept in deployment.Resources.Where(resource => Keys.Contains(resource.Type)))
                yield return $"{kept.Name}: secrets are stored by an operator, and keys are not used";
        }
        // Keys and connection strings would come from these.
        foreach (
            var (file, text) in template.Texts.Where(file => file.Key.EndsWith(".bicep", StringComparison.Ordinal))
        )
        {
            foreach (var call in Yielding().Matches(text).Select(match => match.Value))
                yield return $"{file}: {call} yields a key";
        }
        foreach (
            var (name, content) in template.Texts.Where(text => text.Key.StartsWith("infra/", StringComparison.Ordinal))
        )
        {
            foreach (var problem in SecretsIn(name, content))
                yield return problem;
        }
    }

    private static bool Says(Resource resource, string path, string value) =>
        string.Equals(resource.Text(path), value, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// What looks like a secret: a name that says so with a literal value, connection strings, long random texts,
    /// private keys, tokens.
    /// </summary>
    public static IEnumerable<string> SecretsIn(string name, string content)
    {
        foreach (var (line, number) in content.Split('\n').Select((line, i) => (line, i + 1)))
        {
            if (
                Named().IsMatch(line)
                || Shaped().IsMatch(line)
                || Long().Matches(line).Any(match => !IsPlain(match.Value))
            )
                yield return $"{name}:{number}: this looks like a secret";
        }
    }

    /// <summary>Words, paths and names are long too; random text mixes digits with letters of both cases.</summary>
    private static bool IsPlain(string text) =>
        !(text.Any(char.IsDigit) && text.Any(char.IsUpper) && text.Any(char.IsLower))
        || text.Contains("://", StringComparison.Ordinal)
        || text.Count(c => c is '/' or '.') > 1;

    [GeneratedRegex(
        """(?i)\b\w*(?:password|secret|apikey|accountkey|accesskey|token|connectionstring)\w*["']?\s*[:=]\s*["'][^"'$]{8,}["']"""
    )]
    private static partial Regex Named();

    [GeneratedRegex(
        """AccountKey=|SharedAccessKey=|SharedAccessSignature=|-----BEGIN|whsec_[A-Za-z0-9]{8}|m2m_(?:test|live)_[a-z0-9]{8}|[?&]sig="""
    )]
    private static partial Regex Shaped();

    [GeneratedRegex(@"\b(?:list[A-Z]\w*|getSecret)(?=\()")]
    private static partial Regex Yielding();

    [GeneratedRegex("[A-Za-z0-9+/=_-]{32,}")]
    private static partial Regex Long();
}
