using System.Text.RegularExpressions;
using Serverless.Functions.Observability;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What the alerts look for is what the code measures and logs, or what the host and its extensions are known to log.
/// </summary>
internal static partial class AlertsCheck
{
    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var messages = code.LogMessages.ToList();
        var metrics = AppCode.TextsOf(typeof(Metrics)).ToHashSet();
        // Written as new("name", value).
        var attributes = code
            .Classes.Where(type => AppCode.CallsOf(type).Contains("KeyValuePair..ctor"))
            .SelectMany(AppCode.TextsOf)
            .ToHashSet();
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
                if (!metrics.Contains(name))
                    yield return $"modules/alerts.bicep: the code measures no '{name}'";
            }
            foreach (var name in Attribute().Matches(query).Select(match => match.Groups[1].Value))
            {
                if (!attributes.Contains(name))
                    yield return $"modules/alerts.bicep: no metric has an attribute '{name}'";
            }
        }
    }

    [GeneratedRegex("Message startswith '([^']+)'")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\bName == '([\w.]+)'")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bProperties\['([\w.]+)'\]")]
    private static partial Regex Attribute();
}
