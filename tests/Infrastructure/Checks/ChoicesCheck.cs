using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>What is chosen for the environments fits together, and what Azure may leave out is not relied on.</summary>
internal static class ChoicesCheck
{
    /// <summary>Of all Flex Consumption instances of a subscription in a region: 250 cores, of 2 GB each.</summary>
    private const int RegionalMegabytes = 512_000;

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var most = template
            .Deployments.SelectMany(deployment => deployment.Of("Microsoft.Web/sites"))
            .Sum(site => Scale(site, "maximumInstanceCount") * Scale(site, "instanceMemoryMB"));
        if (most > RegionalMegabytes)
            yield return $"all environments together may want {most} MB of instances: a region gives a subscription {RegionalMegabytes}";

        // Each is a function group of its own, of which zones keep two instances that never stop.
        var timers = code.Functions.Where(function => function.IsTimer).Select(function => function.Name).ToList();
        if (timers.Count > 1)
            yield return $"{string.Join(", ", timers)}: each timer is a group of instances of its own; let one function do the chores";

        foreach (var deployment in template.Deployments)
        {
            // deploy.sh reads them there, and refuses to change what Azure does not change in place.
            foreach (var choice in new[] { "privateEndpoints", "zoneRedundant" })
            {
                var tagged = deployment
                    .Of("Microsoft.ServiceBus/namespaces")
                    .All(messages => messages.At($"tags.{choice}") is not null);
                if (!tagged)
                    yield return $"main.bicep: '{choice}' cannot be changed later; without a tag deploy.sh could not refuse it";
            }
            // A domain that Azure gives may have none.
            if (deployment.Outputs.GetProperty("mailDnsRecords").ValueKind != JsonValueKind.Object)
                yield return "modules/mail.bicep: without verificationRecords the deployment would fail at its end";
            // In a sandbox a package starts for the first time; production pays for each line once.
            foreach (var site in deployment.Of("Microsoft.Web/sites").Where(site => !IsWatched(deployment, site)))
                yield return $"{site.Name}: what its host logs before Application Insights is there would be lost";
        }
    }

    /// <summary>Bicep makes no tables: what has tables makes them when it starts.</summary>
    public static IEnumerable<string> TablesNobodyMakes(AppCode code) =>
        from type in code.Classes
        where type.IsAssignableTo(typeof(IHostedLifecycleService))
        let calls = AppCode.CallsOf(type).ToHashSet()
        from table in type.GetProperties().Where(property => property.PropertyType == typeof(TableClient))
        where !calls.Contains($"{type.Name}.get_{table.Name}")
        select $"{type.Name}: nothing makes the table '{table.Name}': add it to StartingAsync";

    private static bool IsWatched(Deployment deployment, Resource site) =>
        site.Text("tags.environment") != "sandbox"
        || deployment
            .Of("Microsoft.Insights/diagnosticSettings")
            .Any(audit => audit.Id.StartsWith(site.Id + "/", StringComparison.Ordinal));

    private static long Scale(Resource site, string name) =>
        site.At($"properties.functionAppConfig.scaleAndConcurrency.{name}")!.Value.GetInt64();
}
