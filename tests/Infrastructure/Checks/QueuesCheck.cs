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
    public static IEnumerable<string> Problems(Template template)
    {
        using var settings = JsonDocument.Parse(template.Texts["../queues.json"]);
        var queues = settings.RootElement.EnumerateArray().ToList();

        var used = AppCode
            .ConstantsOf(typeof(AppQueues))
            .Where(constant => constant.Key.EndsWith("Name", StringComparison.Ordinal))
            .Select(constant => (string)constant.Value)
            .ToList();
        foreach (
            var name in queues
                .Select(queue => queue.GetProperty("name").GetString())
                .Where(name => !used.Contains(name!))
        )
            yield return $"queues.json: the code uses no queue '{name}'";
        if (queues.Count != used.Count)
            yield return "queues.json: the code uses another number of queues";
        // What the code and its documents promise of each: see functions/README.md and Events/AppQueues.cs.
        foreach (var queue in queues)
        {
            var name = queue.GetProperty("name").GetString();
            if (
                !queue.GetProperty("requiresDuplicateDetection").GetBoolean()
                || queue.GetProperty("duplicateDetectionHistoryTimeWindow").GetString() != "PT10M"
            )
                yield return $"queues.json: '{name}' must drop a second message of the same id within ten minutes";
            if (!queue.GetProperty("deadLetteringOnMessageExpiration").GetBoolean())
                yield return $"queues.json: '{name}' must dead-letter what expires";
            if (
                queue.GetProperty("maxDeliveryCount").GetInt32() != 10
                || queue.GetProperty("lockDuration").GetString() != "PT1M"
                || queue.GetProperty("defaultMessageTimeToLive").GetString() != "P14D"
            )
                yield return $"queues.json: '{name}' must lock for a minute, deliver ten times and keep for 14 days";
        }

        foreach (
            var name in template
                .Files["modules/alerts.bicep"]
                .Variables["queueAlerts"]
                .Parts.SelectMany(alert => alert["queues"]!.Parts)
                .Select(name => name.Literal)
                .Where(name => !queues.Any(queue => queue.GetProperty("name").GetString() == name))
        )
            yield return $"modules/alerts.bicep: there is no queue '{name}'";

        var messaging = template.Files["modules/messaging.bicep"];
        if (
            messaging.Variables["queueSettings"] is not { Type: "call_expression" } load
            || load.With("arguments")!.Parts[0].Literal != "../../queues.json"
        )
            yield return "modules/messaging.bicep: the queues must come from infra/queues.json";
        var loop = messaging.Modules.Find(module => module.Target == "queue.bicep");
        if (loop?.Loop?.Parts[1].Text != "queueSettings" || loop.Body["params"]?["settings"]?.Text != "settings")
            yield return "modules/messaging.bicep: a queue for each entry, with its settings";

        var queueFile = template.Files["modules/queue.bicep"];
        var given = queueFile
            .Resources.Find(resource => resource.ResourceType == "Microsoft.ServiceBus/namespaces/queues")!
            .Body;
        var expected = queues
            .SelectMany(queue => queue.EnumerateObject())
            .Select(property => property.Name)
            .Distinct()
            .ToList();
        var passed = given["properties"]!.Properties.Append(("name", given["name"]!, 0)).ToList();
        foreach (
            var (name, value, _) in passed.Where(item =>
                !(
                    item.Item2 is { Type: "member_expression", Parts: [{ Text: "settings" }, { } member] }
                    && member.Text == item.Item1
                )
            )
        )
            yield return $"modules/queue.bicep: '{name}' is not that of queues.json";
        foreach (var name in expected.Except(passed.Select(item => item.Item1!)))
            yield return $"modules/queue.bicep: '{name}' of queues.json is left out";
    }
}
