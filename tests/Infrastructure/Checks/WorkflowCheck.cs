using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Workflows: actions pinned by commit, no stored secret, no right by default, and no right to write but the one to ask
/// for an identity's token; what is deployed is the real package, whose packages were asked for known weaknesses.
/// </summary>
internal static class WorkflowCheck
{
    private const string Pinned = @"\./\.github/workflows/\w+\.yml$|[\w.-]+/[\w./-]+@[0-9a-f]{40}\b";

    /// <summary>What no line may be.</summary>
    private static readonly (string Line, string Otherwise)[] Refused =
    [
        ($@"^\s*(- )?uses: (?!{Pinned})", "is not pinned by its commit"),
        (@"secrets\.|secrets:", "uses a stored secret"),
        (@"(?<!^\s*id-token): write\s*$", "is not needed"),
        ("pull_request_target", "would run a stranger's code with rights"),
        (@"^\s*(- )?run:.*\$\{\{", "an expression inside a script can be made to run; pass it through env"),
        ("dotnet publish(?!.*-p:ServiceBusExtension=package)", "the package would hold the stand-in"),
        (@"needs: \[(?=.*\bpackage\b)(?!.*\bdependencies\b)", "is deployed whatever is known of its packages"),
        (@"group: (?!.*github\.run_id)", "a run that waits for an approval would hold up all after it"),
    ];

    public static IEnumerable<string> Problems(Template template) =>
        from file in template.Texts
        where file.Key.Begins(".github/workflows/")
        from problem in file
            .Value.Split('\n')
            .SelectMany(
                (line, i) =>
                    Refused
                        .Where(rule => Regex.IsMatch(line, rule.Line))
                        .Select(rule => $"{file.Key}:{i + 1}: {line.Trim()}: {rule.Otherwise}")
            )
            .Concat(file.Value.Has("\npermissions: {}\n") ? [] : [$"{file.Key}: must begin with no permissions"])
        select problem;
}
