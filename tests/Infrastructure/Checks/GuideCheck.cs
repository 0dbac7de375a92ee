using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>infra/README.md and the scripts beside it say what is deployed, and ask for what is there.</summary>
internal static class GuideCheck
{
    private const string Guide = "infra/README.md";
    private const string Smoke = Template.Folder + "smoke.sh";
    private const string Environment = ".github/workflows/environment.yml";

    /// <summary>Registered in every subscription.</summary>
    private static readonly string[] AlwaysRegistered = ["Microsoft.Authorization", "Microsoft.Consumption"];

    /// <summary>Rights that the workflow's identity does not have, so that only a person gives them.</summary>
    private static readonly string[] ByHand = ["DEVELOPER_ACCESS", "KEEP_FROM_DELETION"];

    /// <summary>What a file must hold (or, with a !, must not), as a pattern.</summary>
    private static readonly (string File, string Text, string Otherwise)[] Sentences =
    [
        (Guide, "actions/oidc/customization/sub", "the subject of GitHub's tokens must be asked for"),
        (Guide, "!\"repo:\\$repo:", "the subject of GitHub's tokens must be asked for"),
        (Guide, "!storage blob restore(?!.*--blob-range)", "blobs under a lease cannot be restored"),
        (Guide, "!set it by hand|appsettings set", "a setting made by hand is gone with the next deployment"),
        (Guide, "whatIf/action", "who previews production must be given the right to ask"),
        (Smoke, "\"status\":\"delivered\"", "it does not see a webhook that the app of deliveries delivered"),
    ];

    /// <summary>Secrets that the code asks the vault for and the guide does not name.</summary>
    public static IEnumerable<string> UnknownSecrets(Template template, AppCode code) =>
        from type in code.Classes
        from secret in AppCode.SecretsOf(type)
        where secret is null || !template.Texts[Guide].Has($"`{secret}`")
        select secret is null
            ? $"{type.Name}: a secret is asked for by a name that is no constant"
            : $"{type.Name}: the secret '{secret}' is not named in {Guide}";

    public static IEnumerable<string> Problems(Template template)
    {
        var (guide, workflow) = (template.Texts[Guide], template.Texts[Environment]);
        bool Names(string name) => guide.Has($"`{name}`");
        foreach (var (file, text, otherwise) in Sentences)
        {
            if (Regex.IsMatch(template.Texts[file], text.TrimStart('!')) == text.StartsWith('!'))
                yield return $"{file}: {otherwise}";
        }

        // Outputs that scripts and guide ask for.
        const string asked = @"\$\(output (\w+)\)|for name in (?:(\w+) ?)+;|outputs\.(\w+)\.value|output `(\w+)`";
        foreach (var output in All(template.Texts[Template.Folder + "deploy.sh"] + guide, asked).Distinct())
        {
            if (template.Deployments.Any(deployment => !deployment.Outputs.TryGetProperty(output, out _)))
                yield return $"main.bicep has no output '{output}', which deploy.sh or the guide asks for";
        }
        var resources = template.Deployments.SelectMany(deployment => deployment.Resources);
        foreach (
            var provider in resources
                .Select(resource => resource.Type.Split('/')[0])
                .Append("Microsoft.App")
                .Except(AlwaysRegistered)
                .Except(All(guide, @"for provider in (?:([\w.]+) ?)+;"))
        )
            yield return $"{Guide}: {provider} must be registered in the subscription, and the guide does not say so";
        foreach (
            var name in template.Deployments.SelectMany(AlertsCheck.NamesOf).Distinct().Where(name => !Names(name))
        )
            yield return $"{Guide}: the alert '{name}' is not described";

        // What the parameter files read is a variable of the guide and of the workflow, and no other is.
        var read = template
            .FilesOf(".bicepparam")
            .SelectMany(file => All(template.Texts[file], @"readEnvironmentVariable\('(\w+)'"))
            .ToHashSet();
        var handed = All(workflow, @"(?m)^      ([A-Z_]+): \$\{\{ vars\.").ToList();
        foreach (var name in read.Where(name => !Names(name)))
            yield return $"{Guide}: the variable {name} is read by a parameter file and not described";
        foreach (var name in read.Except(handed).Except(ByHand))
            yield return $"environment.yml: the variable {name} is read by a parameter file and not handed on";
        foreach (var name in handed.Except(read).Except(["RESOURCE_GROUP"]))
            yield return $"environment.yml: no parameter file reads {name}";
    }

    /// <summary>What stands in the groups of a pattern.</summary>
    private static IEnumerable<string> All(string text, string pattern) =>
        Regex
            .Matches(text, pattern)
            .SelectMany(match => match.Groups.Values.Skip(1))
            .SelectMany(group => group.Captures)
            .Select(capture => capture.Value);
}
