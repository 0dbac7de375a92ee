using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>infra/README.md and the scripts beside it say what is deployed, and ask for what is there.</summary>
internal static partial class GuideCheck
{
    private const string Guide = "infra/README.md";

    /// <summary>Registered in every subscription.</summary>
    private static readonly string[] AlwaysRegistered = ["Microsoft.Authorization", "Microsoft.Consumption"];

    /// <summary>Secrets that the code asks the vault for and the guide does not name.</summary>
    public static IEnumerable<string> UnknownSecrets(AppCode code, string guide)
    {
        foreach (var type in code.Classes)
        {
            foreach (var secret in AppCode.SecretsOf(type))
            {
                if (secret is null)
                    yield return $"{type.Name}: a secret is asked for by a name that is no constant";
                else if (!guide.Contains($"`{secret}`", StringComparison.Ordinal))
                    yield return $"{type.Name}: the secret '{secret}' is not named in {Guide}";
            }
        }
    }

    public static IEnumerable<string> Problems(Template template)
    {
        var guide = template.Texts[Guide];
        // Outputs that scripts and guide ask for.
        var asked = Output()
            .Matches(template.Texts[Template.Folder + "deploy.sh"] + guide)
            .SelectMany(match => match.Groups[1].Value.Split(' '));
        foreach (var output in asked.Where(name => name.Length > 0).Distinct())
        {
            if (template.Deployments.Any(deployment => !deployment.Outputs.TryGetProperty(output, out _)))
                yield return $"main.bicep has no output '{output}', which deploy.sh or the guide asks for";
        }
        var resources = template.Deployments.SelectMany(deployment => deployment.Resources);
        var providers = resources
            .Select(resource => resource.Type.Split('/')[0])
            .Append("Microsoft.App")
            .Except(AlwaysRegistered);
        var registered = Registered().Match(guide).Groups[1].Value.Split(' ');
        foreach (var provider in providers.Except(registered))
            yield return $"{Guide}: {provider} must be registered in the subscription, and the guide does not say so";
        foreach (var name in template.Deployments.SelectMany(AlertsCheck.NamesOf).Distinct())
        {
            if (!guide.Contains($"`{name}`", StringComparison.Ordinal))
                yield return $"{Guide}: the alert '{name}' is not described";
        }
        foreach (var problem in VariableProblems(template).Concat(SentenceProblems(template)))
            yield return problem;
    }

    /// <summary>What the parameter files read is a variable of the guide and of the workflow, and no other is.</summary>
    private static IEnumerable<string> VariableProblems(Template template)
    {
        var read = template
            .FilesOf(".bicepparam")
            .SelectMany(file => Variable().Matches(template.Texts[file]))
            .Select(match => match.Groups[1].Value)
            .ToHashSet();
        var workflow = template.Texts[".github/workflows/environment.yml"];
        foreach (var name in read)
        {
            if (!template.Texts[Guide].Contains($"`{name}`", StringComparison.Ordinal))
                yield return $"{Guide}: the variable {name} is read by a parameter file and not described";
            if (
                !workflow.Contains($"      {name}: ${{{{ vars.{name}", StringComparison.Ordinal)
                && !ByHand.Contains(name)
            )
                yield return $"environment.yml: the variable {name} is read by a parameter file and not handed on";
        }
        foreach (
            var name in Handed()
                .Matches(workflow)
                .Select(match => match.Groups[1].Value)
                .Except(read)
                .Except(["RESOURCE_GROUP"])
        )
            yield return $"environment.yml: no parameter file reads {name}";
    }

    /// <summary>Rights that the workflow's identity does not have, so that only a person gives them.</summary>
    private static readonly string[] ByHand = ["DEVELOPER_ACCESS", "KEEP_FROM_DELETION"];

    private static IEnumerable<string> SentenceProblems(Template template)
    {
        var guide = template.Texts[Guide];
        // GitHub decides which form a repository's tokens have, with or without the numbers of owner and repository.
        if (
            !guide.Contains("actions/oidc/customization/sub", StringComparison.Ordinal)
            || guide.Contains("\"repo:$repo:", StringComparison.Ordinal)
        )
            yield return $"{Guide}: the subject of GitHub's tokens must be asked for: it may hold the numbers of owner and repository";
        foreach (
            var line in guide.Split('\n').Where(line => line.Contains("storage blob restore", StringComparison.Ordinal))
        )
        {
            if (!line.Contains("--blob-range", StringComparison.Ordinal))
                yield return $"{Guide}: blobs under a lease cannot be restored: name the ranges that hold none";
        }
        if (
            guide.Contains("set it by hand", StringComparison.Ordinal)
            || guide.Contains("appsettings set", StringComparison.Ordinal)
        )
            yield return $"{Guide}: a setting made by hand is gone with the next deployment";
        var smoke = template.Texts[Template.Folder + "smoke.sh"];
        if (!smoke.Contains("\"status\":\"delivered\"", StringComparison.Ordinal))
            yield return "smoke.sh: it does not see a webhook that the app of deliveries delivered";
    }

    [GeneratedRegex(
        @"\$\(output (\w+)\)|for name in (?<1>(?:\w+ )*\w+);|outputs\.(?<1>\w+)\.value|\(output `(?<1>\w+)`\)"
    )]
    private static partial Regex Output();

    [GeneratedRegex(@"for provider in ([\w. ]+);")]
    private static partial Regex Registered();

    [GeneratedRegex(@"readEnvironmentVariable\('(\w+)'")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^      ([A-Z_]+): \$\{\{ vars\.", RegexOptions.Multiline)]
    private static partial Regex Handed();
}
