using Azure.Data.Tables;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>What is chosen for the environments fits together, and what Azure may leave out is not relied on.</summary>
internal static class ChoicesCheck
{
    /// <summary>Of all Flex Consumption instances of a subscription in a region: 250 cores, of 2 GB each.</summary>
    private const int RegionalMegabytes = 512_000;

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var most = template.Deployments.Sum(deployment =>
            deployment.Apps.Sum(app => Megabytes(deployment, app.Site, GroupsOf(app.App, template, code)))
        );
        if (most > RegionalMegabytes)
            yield return $"all environments together may want {most} MB of instances: a region gives a subscription {RegionalMegabytes}";

        // Each is a function group of its own, of which zones keep two instances that never stop.
        var timers = code.Functions.Where(function => function.Trigger == "timer").Select(function => function.Name);
        if (timers.Count() > 1)
            yield return $"{string.Join(", ", timers)}: each timer is a group of instances of its own; let one function do the chores";

        foreach (var deployment in template.Deployments)
        {
            // A domain that Azure gives may have none.
            if (deployment.Outputs.GetProperty("mailDnsRecords").ValueKind != System.Text.Json.JsonValueKind.Object)
                yield return "modules/mail.bicep: without verificationRecords the deployment would fail at its end";
            // In a sandbox a package starts for the first time; production pays for each line once.
            foreach (var site in deployment.Of("Microsoft.Web/sites").Where(site => !IsWatched(deployment, site)))
                yield return $"{site.Name}: what its host logs before Application Insights is there would be lost";
        }
    }

    /// <summary>Bicep makes no tables: what has tables makes them when it starts.</summary>
    public static IEnumerable<string> TablesNobodyMakes(AppCode code) =>
        from type in code.Classes
        from table in type.GetProperties().Where(property => property.PropertyType == typeof(TableClient))
        where !AppCode.CallsOf(type).Contains($"{type.Name}.get_{table.Name}")
        select $"{type.Name}: nothing makes the table '{table.Name}': add it to StartingAsync";

    /// <summary>HTTP and Durable are a group each, and every other function is one. A timer runs on one instance.</summary>
    private static List<string> GroupsOf(string app, Template template, AppCode code) =>
        [
            .. code
                .Functions.Where(function => FunctionsCheck.Listed(template)[app].Contains(function.Name))
                .Select(function =>
                    function.Trigger is "queue" or "timer" ? $"{function.Trigger} {function.Name}" : function.Trigger
                )
                .Distinct(),
        ];

    private static long Megabytes(Deployment deployment, Resource site, List<string> groups)
    {
        const string scale = "properties.functionAppConfig.scaleAndConcurrency";
        long Of(string name) => site.At($"{scale}.{name}")!.Value.GetInt64();
        var zones = deployment
            .Of("Microsoft.Web/serverfarms")
            .Any(plan => plan.Text("properties.zoneRedundant") == "True");
        var timers = groups.Count(group => group.Begins("timer"));
        var onDemand = (groups.Count - timers) * Of("maximumInstanceCount") + timers;
        return (onDemand + (zones ? 2 * groups.Count : 0)) * Of("instanceMemoryMB");
    }

    private static bool IsWatched(Deployment deployment, Resource site) =>
        site.Text("tags.environment") != "sandbox"
        || deployment.Of("Microsoft.Insights/diagnosticSettings").Any(audit => audit.Id.Begins(site.Id + "/"));
}
