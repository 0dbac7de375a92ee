using System.Text.RegularExpressions;
using Serverless.Functions.Observability;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What the alerts look for is what the code measures and logs, or what the host and its extensions are known to log;
/// and what nobody would be told of otherwise has an alert.
/// </summary>
internal static class AlertsCheck
{
    private const string OnMetrics = "Microsoft.Insights/metricAlerts";
    private const string OnQueries = "Microsoft.Insights/scheduledQueryRules";

    /// <summary>Of a queue that stands: both criteria of one rule.</summary>
    private static readonly string[] Standing =
    [
        "ActiveMessages Minimum GreaterThan 0 in PT30M",
        "CompleteMessage Total LessThan 1 in PT30M",
    ];

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var messages = code.LogMessages.ToList();
        var metrics = AppCode.TextsOf(typeof(Metrics)).ToHashSet();
        // Written as new("name", value).
        var attributes = code
            .Classes.Where(type => AppCode.CallsOf(type).Contains("KeyValuePair..ctor"))
            .SelectMany(AppCode.TextsOf)
            .ToHashSet();
        (string Pattern, Func<string, bool> IsKnown, string Otherwise)[] named =
        [
            (
                "Message startswith '([^']+)'",
                text => messages.Any(message => message.Begins(text)),
                "the code logs no message"
            ),
            (@"\bName == '([\w.]+)'", metrics.Contains, "the code measures no"),
            (@"\bProperties\['([\w.]+)'\]", attributes.Contains, "no metric has an attribute"),
            // The host writes a row there for each invocation, of timers and orchestrations too.
            (@"(AppRequests)(?![\s\S]*ResultCode)", _ => false, "without a ResultCode every trigger is counted in"),
        ];
        return template
            .Deployments.SelectMany(QueriesOf)
            .Distinct()
            .SelectMany(query =>
                from rule in named
                from match in Regex.Matches(query, rule.Pattern)
                let text = match.Groups[1].Value
                where !rule.IsKnown(text)
                select $"modules/alerts.bicep: {rule.Otherwise} '{text}'"
            )
            .Concat(template.Deployments.SelectMany(Untold).Distinct());
    }

    /// <summary>The names of all alerts, as the guide lists them.</summary>
    public static IEnumerable<string> NamesOf(Deployment deployment) =>
        RulesOf(deployment).Select(rule => Regex.Replace(rule.Name, @"-\w+-\w{6}$|-s[td]\w+$", "")).Distinct();

    public static IEnumerable<string> QueuesOf(Deployment deployment) =>
        CriteriaOf(deployment).SelectMany(item => QueuesOf(item.Criterion)).Distinct();

    private static IEnumerable<string> Untold(Deployment deployment)
    {
        foreach (var queue in deployment.Of("Microsoft.ServiceBus/namespaces/queues"))
        {
            var name = queue.Name.Split('/')[1];
            var ofQueue = CriteriaOf(deployment)
                .Where(item => QueuesOf(item.Criterion).SequenceEqual([name]))
                .GroupBy(item => item.Rule.Name, Written);
            if (!ofQueue.Any(rule => rule.Order().SequenceEqual(Standing)))
                yield return $"nobody is told when messages wait in '{name}' and none is completed";
        }
        var probes = deployment
            .Of("Microsoft.Insights/webtests")
            .Where(test => Regex.IsMatch(test.Text("properties.Request.RequestUrl"), "/health/ready('|$)"))
            .Select(test => test.Id);
        if (!RulesOf(deployment).Any(rule => probes.Contains(rule.Text("properties.criteria.webTestId"))))
            yield return "nothing asks for /health/ready from outside, or nobody is told what it answers";
        var isCapped = deployment
            .Of("Microsoft.OperationalInsights/workspaces")
            .Any(workspace => workspace.At("properties.workspaceCapping.dailyQuotaGb")?.GetDouble() > 0);
        if (isCapped && !QueriesOf(deployment).Any(query => query.Has("OverQuota")))
            yield return "nobody is told when the daily limit of telemetry makes the rules blind that query it";
        foreach (
            var rule in RulesOf(deployment)
                .Where(rule =>
                    rule.Text("properties.enabled") != "True" || !rule.Text("properties.actions").Has("/actionGroups/")
                )
        )
            yield return $"{rule.Name} tells nobody";
    }

    private static IEnumerable<Resource> RulesOf(Deployment deployment) =>
        deployment.Of(OnMetrics).Concat(deployment.Of(OnQueries));

    private static IEnumerable<string> QueriesOf(Deployment deployment) =>
        deployment
            .Of(OnQueries)
            .SelectMany(rule => rule.List("properties.criteria.allOf"))
            .Select(criterion => criterion.Text("query"));

    private static IEnumerable<(Resource Rule, Resource Criterion)> CriteriaOf(Deployment deployment) =>
        from rule in deployment.Of(OnMetrics)
        from criterion in rule.List("properties.criteria.allOf")
        select (rule, criterion);

    private static IEnumerable<string> QueuesOf(Resource criterion) =>
        criterion
            .List("dimensions")
            .Where(dimension => dimension.Name == "EntityName")
            .SelectMany(dimension => dimension.Texts("values"));

    private static string Written((Resource Rule, Resource Criterion) item) =>
        string.Join(
            ' ',
            new[] { "metricName", "timeAggregation", "operator", "threshold" }
                .Select(item.Criterion.Text)
                .Append("in " + item.Rule.Text("properties.windowSize"))
        );
}
