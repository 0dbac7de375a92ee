using System.Text.RegularExpressions;
using Serverless.Functions.Observability;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What the alerts look for is what the code measures and logs, or what the host and its extensions are known to log;
/// and what nobody would be told of otherwise has an alert.
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
        foreach (var query in template.Deployments.SelectMany(QueriesOf).Distinct())
        {
            foreach (
                var text in Named(Prefix(), query)
                    .Where(text => !messages.Any(message => message.StartsWith(text, StringComparison.Ordinal)))
            )
                yield return $"modules/alerts.bicep: the code logs no message '{text}…'";
            foreach (var name in Named(Metric(), query).Except(metrics))
                yield return $"modules/alerts.bicep: the code measures no '{name}'";
            foreach (var name in Named(Attribute(), query).Except(attributes))
                yield return $"modules/alerts.bicep: no metric has an attribute '{name}'";
            // The host writes a row there for each invocation, of timers and orchestrations too.
            if (
                query.Contains("AppRequests", StringComparison.Ordinal)
                && !query.Contains("ResultCode", StringComparison.Ordinal)
            )
                yield return "modules/alerts.bicep: AppRequests counts the invocations of every trigger: ask for rows with an HTTP result code";
        }
        foreach (var problem in template.Deployments.SelectMany(Untold).Distinct())
            yield return problem;
    }

    /// <summary>The names of all alerts, as the guide lists them.</summary>
    public static IEnumerable<string> NamesOf(Deployment deployment) =>
        deployment
            .Of("Microsoft.Insights/metricAlerts")
            .Concat(deployment.Of("Microsoft.Insights/scheduledQueryRules"))
            .Select(rule => Ending().Replace(rule.Name, ""))
            .Distinct();

    public static IEnumerable<string> QueuesOf(Deployment deployment) =>
        CriteriaOf(deployment).SelectMany(item => QueuesOf(item.Criterion)).Distinct();

    private static IEnumerable<string> Untold(Deployment deployment)
    {
        foreach (
            var queue in deployment
                .Of("Microsoft.ServiceBus/namespaces/queues")
                .Select(queue => queue.Name.Split('/')[1])
        )
        {
            var standing = CriteriaOf(deployment)
                .Where(item =>
                    QueuesOf(item.Criterion).SequenceEqual([queue])
                    && item.Rule.Text("properties.windowSize") == "PT30M"
                )
                .GroupBy(item => item.Rule.Name, item => Written(item.Criterion));
            if (
                !standing.Any(rule =>
                    rule.Order()
                        .SequenceEqual(["ActiveMessages Minimum GreaterThan 0", "CompleteMessage Total LessThan 1"])
                )
            )
                yield return $"nobody is told when messages wait in '{queue}' and none is completed";
        }
        var probe = deployment
            .Of("Microsoft.Insights/webtests")
            .FirstOrDefault(test =>
                test.Text("properties.Request.RequestUrl").EndsWith("/health/ready", StringComparison.Ordinal)
                || test.Text("properties.Request.RequestUrl").Contains("/health/ready'", StringComparison.Ordinal)
            );
        if (
            probe is null
            || !deployment
                .Of("Microsoft.Insights/metricAlerts")
                .Any(rule => rule.Text("properties.criteria.webTestId") == probe.Id)
        )
            yield return "nothing asks for /health/ready from outside, or nobody is told what it answers";
        var isCapped = deployment
            .Of("Microsoft.OperationalInsights/workspaces")
            .Any(workspace => workspace.At("properties.workspaceCapping.dailyQuotaGb")?.GetDouble() > 0);
        if (isCapped && !QueriesOf(deployment).Any(query => query.Contains("OverQuota", StringComparison.Ordinal)))
            yield return "nobody is told when the daily limit of telemetry makes the rules blind that query it";
        foreach (
            var rule in deployment
                .Of("Microsoft.Insights/metricAlerts")
                .Concat(deployment.Of("Microsoft.Insights/scheduledQueryRules"))
        )
        {
            if (
                rule.Text("properties.enabled") != "True"
                || !rule.Text("properties.actions").Contains("/actionGroups/", StringComparison.Ordinal)
            )
                yield return $"{rule.Name} tells nobody";
        }
    }

    private static IEnumerable<string> QueriesOf(Deployment deployment) =>
        deployment
            .Of("Microsoft.Insights/scheduledQueryRules")
            .SelectMany(rule => rule.List("properties.criteria.allOf"))
            .Select(criterion => new Resource(criterion).Text("query"));

    private static IEnumerable<(Resource Rule, Resource Criterion)> CriteriaOf(Deployment deployment) =>
        from rule in deployment.Of("Microsoft.Insights/metricAlerts")
        from criterion in rule.List("properties.criteria.allOf")
        select (rule, new Resource(criterion));

    private static IEnumerable<string> QueuesOf(Resource criterion) =>
        from dimension in criterion.List("dimensions").Select(json => new Resource(json))
        where dimension.Name == "EntityName"
        from value in dimension.List("values")
        select value.GetString();

    private static string Written(Resource criterion) =>
        $"{criterion.Text("metricName")} {criterion.Text("timeAggregation")} {criterion.Text("operator")} {criterion.Text("threshold")}";

    private static IEnumerable<string> Named(Regex pattern, string query) =>
        pattern.Matches(query).Select(match => match.Groups[1].Value);

    [GeneratedRegex("Message startswith '([^']+)'")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\bName == '([\w.]+)'")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bProperties\['([\w.]+)'\]")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"-\w+-\w{6}$|-s[td]\w+$")]
    private static partial Regex Ending();
}
