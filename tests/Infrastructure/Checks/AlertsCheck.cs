using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What the alerts look for is what the code measures and logs, or what the host and its extensions are known to log.
/// </summary>
internal static partial class AlertsCheck
{
    public static IEnumerable<string> Problems(Template template, IReadOnlyDictionary<string, string> sources)
    {
        var messages = sources
            .Values.SelectMany(text => Logged().Matches(text))
            .Select(match => match.Groups[1].Value)
            .ToList();
        var metrics = sources["Observability/Metrics.cs"];
        var queries = template.Texts["modules/alerts.bicep"].Split("query: '''").Skip(1);
        foreach (var query in queries.Select(rest => rest.Split("'''")[0]))
        {
            foreach (var text in Prefix().Matches(query).Select(match => match.Groups[1].Value))
            {
                if (!messages.Any(message => message.StartsWith(text, StringComparison.Ordinal)))
                    yield return $"modules/alerts.bicep: the code logs no message '{text}…'";
            }
            foreach (var name in Metric().Matches(query).Select(match => match.Groups[1].Value))
            {
                if (!metrics.Contains($"\"{name}\"", StringComparison.Ordinal))
                    yield return $"modules/alerts.bicep: the code measures no '{name}'";
            }
            foreach (var name in Attribute().Matches(query).Select(match => match.Groups[1].Value))
            {
                if (!sources.Values.Any(text => text.Contains($"new(\"{name}\"", StringComparison.Ordinal)))
                    yield return $"modules/alerts.bicep: no metric has an attribute '{name}'";
            }
        }
    }

    [GeneratedRegex("""Message = "([^"]+)"\)""")]
    private static partial Regex Logged();

    [GeneratedRegex("Message startswith '([^']+)'")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\bName == '([\w.]+)'")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bProperties\['([\w.]+)'\]")]
    private static partial Regex Attribute();
}
