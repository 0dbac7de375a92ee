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

    public static IEnumerable<string> Problems(Template template)
    {
        var resources = template
            .Files.Values.SelectMany(file =>
                file.Resources.Where(resource => !resource.Existing).Select(resource => (file, resource))
            )
            .ToList();
        foreach (var (type, path, value) in Rules)
        {
            var ofType = resources.Where(item => item.resource.ResourceType == type).ToList();
            if (ofType.Count == 0)
                yield return $"there is no {type}";
            foreach (var (file, resource) in ofType)
            {
                var node = path.Split('.').Aggregate((Node?)resource.Body, (at, step) => at?[step]);
                if ((node?.Literal ?? node?.Text) != value)
                    yield return $"{file.Name}:{resource.Line}: {path} must be {value}";
            }
        }
        // Keys and connection strings would come from these.
        foreach (
            var (file, node) in template.Files.Values.SelectMany(file => file.Tree.All.Select(node => (file, node)))
        )
        {
            if (
                node.Type is "identifier" or "property_identifier"
                && node.Text is { } text
                && (
                    text.StartsWith("list", StringComparison.Ordinal) && text.Length > 4 && char.IsUpper(text[4])
                    || text is "getSecret"
                )
            )
                yield return $"{file.Name}:{node.Line}: {text} yields a key";
        }
        foreach (
            var (file, resource) in resources.Where(item =>
                item.resource.ResourceType
                    is "Microsoft.KeyVault/vaults/secrets"
                        or "Microsoft.ServiceBus/namespaces/AuthorizationRules"
            )
        )
            yield return $"{file.Name}:{resource.Line}: secrets are stored by an operator, and keys are not used";
        foreach (var (name, content) in template.Texts)
        {
            foreach (var problem in SecretsIn(name, content))
                yield return problem;
        }
    }

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

    [GeneratedRegex("[A-Za-z0-9+/=_-]{32,}")]
    private static partial Regex Long();
}
