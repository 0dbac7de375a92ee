using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Workflows: actions pinned by commit, no stored secret, no right by default, and no right to write but the one to ask
/// for an identity's token.
/// </summary>
internal static partial class WorkflowCheck
{
    public static IEnumerable<string> Problems(Template template)
    {
        var files = template.Texts.Where(file => file.Key.StartsWith(".github/workflows/", StringComparison.Ordinal));
        foreach (var (name, text) in files)
        {
            // What names the package with the real extension; another property is one that no project reads.
            if (
                text.Contains("dotnet publish", StringComparison.Ordinal)
                && !text.Contains("-p:ServiceBusExtension=package", StringComparison.Ordinal)
            )
                yield return $"{name}: the package would hold the stand-in for the Service Bus extension";
            if (!text.Contains("\npermissions: {}\n", StringComparison.Ordinal))
                yield return $"{name}: must begin with no permissions";
            foreach (var (line, number) in text.Split('\n').Select((line, i) => (line, i + 1)))
            {
                if (Uses().Match(line) is { Success: true } uses && !Pinned().IsMatch(uses.Groups[1].Value))
                    yield return $"{name}:{number}: {uses.Groups[1].Value} is not pinned by its commit";
                if (
                    line.Contains("secrets.", StringComparison.Ordinal)
                    || line.Contains("secrets:", StringComparison.Ordinal)
                )
                    yield return $"{name}:{number}: uses a stored secret";
                if (line.TrimEnd().EndsWith(": write", StringComparison.Ordinal) && line.Trim() != "id-token: write")
                    yield return $"{name}:{number}: {line.Trim()} is not needed";
                if (line.Contains("pull_request_target", StringComparison.Ordinal))
                    yield return $"{name}:{number}: would run a stranger's code with rights";
                if (Run().IsMatch(line))
                    yield return $"{name}:{number}: an expression inside a script can be made to run; pass it through env";
            }
        }
    }

    [GeneratedRegex(@"^\s*(?:- )?uses: (\S+)")]
    private static partial Regex Uses();

    [GeneratedRegex(@"^\./\.github/workflows/\w+\.yml$|^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^\s*(?:- )?run:.*\$\{\{")]
    private static partial Regex Run();
}
