using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>What the alerts look for in logs is what the code logs, or what the host and its extensions are known to log.</summary>
internal static partial class AlertsCheck
{
    /// <summary>Begins the line of the Service Bus extension about each message that it hands over.</summary>
    private const string OfExtension = "Trigger Details: MessageId:";

    public static IEnumerable<string> Problems(Template template, IReadOnlyDictionary<string, string> sources)
    {
        var messages = sources.Values.SelectMany(text => Logged().Matches(text)).Select(match => match.Groups[1].Value).ToList();
        foreach (var query in template.Texts["modules/alerts.bicep"].Split("query: '''").Skip(1).Select(rest => rest.Split("'''")[0]))
        {
            foreach (var text in Prefix().Matches(query).Select(match => match.Groups[1].Value).Where(text => text != OfExtension))
            {
                // The end is what a placeholder becomes: a name of the status there.
                var end = Suffix().Match(query) is { Success: true } match ? match.Groups[1].Value : "";
                if (!messages.Any(message => message.StartsWith(text, StringComparison.Ordinal) && (end.Length == 0 || Placeholder().Replace(message, "\n").EndsWith(end[..(end.LastIndexOf(' ') + 1)] + "\n", StringComparison.Ordinal))))
                    yield return $"modules/alerts.bicep: the code logs no message '{text}…{end}'";
            }
            foreach (var name in Function().Matches(query).Select(match => match.Groups[1].Value).Where(name => !SettingsCheck.Functions(template).Values.Any(app => app.Contains(name))))
                yield return $"modules/alerts.bicep: there is no function '{name}'";
        }
    }

    [GeneratedRegex("""Message = "([^"]+)"\)""")]
    private static partial Regex Logged();

    [GeneratedRegex("Message startswith '([^']+)'")]
    private static partial Regex Prefix();

    [GeneratedRegex("Message endswith '([^']+)'")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"\bName == '(\w+)'")]
    private static partial Regex Function();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
