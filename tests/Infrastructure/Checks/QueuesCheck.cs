using System.Text.Json;
using Serverless.Functions.Events;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Service Bus gets every queue and every setting of infra/queues.json, the file that the local host reads too.
/// </summary>
internal static class QueuesCheck
{
    /// <summary>What the code and its documents promise of each (functions/README.md, Events/AppQueues.cs).</summary>
    private static readonly (string Setting, string Value, string Why)[] Promised =
    [
        ("requiresDuplicateDetection", "True", "drop a second message of the same id"),
        ("duplicateDetectionHistoryTimeWindow", "PT10M", "drop a second message of the same id within ten minutes"),
        ("deadLetteringOnMessageExpiration", "True", "dead-letter what expires"),
        ("lockDuration", "PT1M", "lock for a minute"),
        ("maxDeliveryCount", "10", "deliver ten times"),
        ("defaultMessageTimeToLive", "P14D", "keep for 14 days"),
        // The most that both tiers offer without partitions; the standard tier's default of 1 GB is an hour of a flood.
        ("maxSizeInMegabytes", "5120", "hold 5 GB"),
    ];

    public static IEnumerable<string> NamesOf(Template template) =>
        JsonElement
            .Parse(template.Texts["infra/queues.json"])
            .EnumerateArray()
            .Select(queue => new Resource(queue).Name);

    public static IEnumerable<string> Problems(Template template)
    {
        var queues = JsonElement.Parse(template.Texts["infra/queues.json"]).EnumerateArray().ToList();
        var names = NamesOf(template).ToList();
        var used = AppCode
            .ConstantsOf(typeof(AppQueues))
            .Where(constant => constant.Key.EndsWith("Name", StringComparison.Ordinal))
            .Select(constant => (string)constant.Value)
            .ToList();
        foreach (var name in names.Except(used))
            yield return $"queues.json: the code uses no queue '{name}'";
        foreach (var name in used.Except(names))
            yield return $"queues.json: there is no '{name}', which the code uses";
        foreach (var queue in queues.Select(json => new Resource(json)))
        {
            foreach (var (setting, value, why) in Promised.Where(item => queue.Text(item.Setting) != item.Value))
                yield return $"queues.json: '{queue.Name}' must {why}: '{setting}' is not {value}";
        }
        foreach (var deployment in template.Deployments)
        {
            foreach (var problem in Deployed(deployment, queues))
                yield return problem;
            foreach (var name in AlertsCheck.QueuesOf(deployment).Except(names))
                yield return $"modules/alerts.bicep: there is no queue '{name}'";
        }
    }

    private static IEnumerable<string> Deployed(Deployment deployment, List<JsonElement> queues)
    {
        var deployed = deployment.Of("Microsoft.ServiceBus/namespaces/queues").ToList();
        foreach (var queue in queues)
        {
            var name = queue.GetProperty("name").GetString();
            var found = deployed.Find(other => other.Name.EndsWith($"/{name}", StringComparison.Ordinal));
            if (found is null)
                yield return $"{deployment.Name}: there is no queue '{name}'";
            foreach (var setting in queue.EnumerateObject().Where(setting => setting.Name != "name"))
            {
                if (found?.Text($"properties.{setting.Name}") != setting.Value.ToString())
                    yield return $"{deployment.Name}: '{setting.Name}' of '{name}' is not that of queues.json";
            }
        }
        if (deployed.Count != queues.Count)
            yield return $"{deployment.Name}: there are queues beside those of queues.json";
    }
}
