using System.Text.RegularExpressions;
using System.Xml.Linq;
using Serverless.Functions.Events;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Single values of what would be deployed and of host.json: access by identity alone, encryption on the way, what the
/// code promises of its queues, what the package was built for, what the host may write down.
/// </summary>
internal static class Rules
{
    private const string HostJson = "host.json";
    private const string Sites = "Microsoft.Web/sites";
    private const string Storage = "Microsoft.Storage/storageAccounts";
    private const string Messages = "Microsoft.ServiceBus/namespaces";
    private const string Queues = "Microsoft.ServiceBus/namespaces/queues";
    private const string Vaults = "Microsoft.KeyVault/vaults";
    private const string Insights = "logging/applicationInsights";
    private const string Durable = "extensions/durableTask";
    private const string HubName = "[A-Za-z][A-Za-z0-9]{2,44}";
    private const string Scale = "properties.functionAppConfig";
    private const string InsightsOfRequests =
        $"{Insights}/httpAutoCollectionOptions/enableHttpTriggerExtendedInfoCollection";
    private const string HubOfApp = "properties.AzureFunctionsJobHost__extensions__durableTask__hubName";
    private const string Itself = "the host calls itself from outside: its triggers may never be registered";
    private const string Anew = "old and new code would run side by side, and an orchestration be replayed by either";
    private const string Largest = "the most that both tiers offer; 1 GB is an hour of a flood";
    private const string Chosen = "it cannot be changed later; without a tag deploy.sh could not refuse it";
    private const string Calls = "the host would send the address of each call to the worker";
    private const string Unasked = "an event that nobody waits for would be an error";
    private const string Paths = "the host would send the path of each request, which may name a person";
    private const string Lines = "it writes a third of all lines below a warning";
    private const string Lost = "what an instance had taken when it died stands still for longer than a minute";

    /// <summary>What each resource of a type says at a path, as a pattern (nothing for what must not stand there).</summary>
    private static readonly (string Type, string Path, string Value, string Why)[] All =
    [
        (Storage, "properties.allowSharedKeyAccess", "false", ""),
        (Storage, "properties.allowBlobPublicAccess", "false", ""),
        (Storage, "properties.supportsHttpsTrafficOnly", "true", ""),
        (Storage, "properties.minimumTlsVersion", "TLS1_2", ""),
        ($"{Storage}/blobServices/containers", "properties.publicAccess", "None", ""),
        (Messages, "properties.disableLocalAuth", "true", ""),
        (Messages, "properties.minimumTlsVersion", "1.2", ""),
        (Messages, "tags.privateEndpoints", "true|false", Chosen),
        (Messages, "tags.zoneRedundant", "true|false", Chosen),
        (Messages, "tags.deployment", "[a-z0-9]{3,8}", Chosen),
        (Vaults, "properties.enableRbacAuthorization", "true", ""),
        (Vaults, "properties.enablePurgeProtection", "true", ""),
        (Vaults, "properties.enableSoftDelete", "true", ""),
        ("Microsoft.Communication/communicationServices", "properties.disableLocalAuth", "true", ""),
        ("Microsoft.OperationalInsights/workspaces", "properties.features.disableLocalAuth", "true", ""),
        ("Microsoft.Insights/components", "properties.DisableLocalAuth", "true", ""),
        (Sites, "properties.httpsOnly", "true", ""),
        (Sites, "properties.siteConfig.minTlsVersion", "1.2", ""),
        (Sites, "properties.siteConfig.ipSecurityRestrictionsDefaultAction", "Allow", Itself),
        (Sites, $"{Scale}.runtime.name", "dotnet-isolated", ""),
        (Sites, $"{Scale}.runtime.version", Framework(), "it is not what the projects are built for"),
        (Sites, $"{Scale}.siteUpdateStrategy.type", "Recreate", Anew),
        ($"{Sites}/basicPublishingCredentialsPolicies", "properties.allow", "false", ""),
        ($"{Sites}/config", HubOfApp, $"|{HubName}", "it is no name of a hub that the host takes"),
        // What the code and its documents promise of each queue (functions/README.md, Events/AppQueues.cs).
        (Queues, "properties.requiresDuplicateDetection", "true", "a second message of the same id is dropped"),
        (Queues, "properties.duplicateDetectionHistoryTimeWindow", "PT10M", "within ten minutes"),
        (Queues, "properties.deadLetteringOnMessageExpiration", "true", "what expires is dead-lettered"),
        (Queues, "properties.lockDuration", "PT1M", ""),
        (Queues, "properties.maxDeliveryCount", "10", ""),
        (Queues, "properties.defaultMessageTimeToLive", "P14D", ""),
        (Queues, "properties.maxSizeInMegabytes", "5120", Largest),
        (HostJson, "telemetryMode", "", Paths),
        (HostJson, $"{Insights}/enableDependencyTracking", "false", Calls),
        (HostJson, InsightsOfRequests, "false", Paths),
        (HostJson, $"{Durable}/throwStatusExceptionsOnRaiseEvent", "false", Unasked),
        (HostJson, $"{Durable}/storageProvider/controlQueueVisibilityTimeout", "00:01:00", Lost),
        (HostJson, $"{Durable}/storageProvider/workItemQueueVisibilityTimeout", "00:01:00", Lost),
        (HostJson, $"{Durable}/hubName", HubName, "it is none that the host takes"),
        (HostJson, "logging/logLevel/Azure.Messaging.ServiceBus", "Warning", Lines),
        (HostJson, "logging/logLevel/DurableTask", "Warning", Lines),
        (HostJson, "logging/logLevel/DurableTask.AzureStorage", "Warning", Lines),
        (HostJson, "logging/logLevel/DurableTask.Core", "Warning", Lines),
        (HostJson, "logging/logLevel/Host.Triggers.DurableTask", "Warning", Lines),
    ];

    private static readonly string[] Keys = ["Microsoft.KeyVault/vaults/secrets", $"{Messages}/AuthorizationRules"];

    public static IEnumerable<string> OfHost(Template template) =>
        Broken(HostJson, _ => [Resource.Parse(template.Texts[HostJson])]);

    public static IEnumerable<string> OfDeployments(Template template) =>
        template.Deployments.SelectMany(deployment =>
            All.Where(rule => rule.Type != HostJson && !deployment.Of(rule.Type).Any())
                .Select(rule => $"{deployment.Name}: there is no {rule.Type}")
                .Concat(Broken(null, deployment.Of))
                .Concat(
                    deployment
                        .Resources.Where(resource => Keys.Contains(resource.Type))
                        .Select(key => $"{key.Name}: secrets are stored by an operator, and keys are not used")
                )
        );

    /// <summary>The queues are those that the code uses, and those of alerts are among them.</summary>
    public static IEnumerable<string> OfQueueNames(Template template)
    {
        var used = AppCode
            .ConstantsOf(typeof(AppQueues))
            .Where(constant => constant.Key.Ends("Name"))
            .Select(constant => (string)constant.Value)
            .ToHashSet();
        foreach (var deployment in template.Deployments)
        {
            var queues = deployment.Of(Queues).Select(queue => queue.Name.Split('/')[1]).ToList();
            if (!used.SetEquals(queues))
                yield return $"{deployment.Name}: the queues are {string.Join(", ", queues)}, and the code uses {string.Join(", ", used)}";
            foreach (var name in AlertsCheck.QueuesOf(deployment).Except(queues))
                yield return $"modules/alerts.bicep: there is no queue '{name}'";
        }
    }

    /// <summary>What Bicep overrides of host.json stands there.</summary>
    public static IEnumerable<string> OfOverrides(Template template) =>
        from deployment in template.Deployments
        from app in deployment.Apps
        from name in deployment.SettingsOf(app.Site).Keys
        where name.Begins("AzureFunctionsJobHost__")
        where Resource.Parse(template.Texts[HostJson]).At(string.Join('/', name.Split("__")[1..3])) is null
        select $"'{name}' overrides a section that host.json does not have";

    private static IEnumerable<string> Broken(string? only, Func<string, IEnumerable<Resource>> of) =>
        from rule in All
        where only is null ? rule.Type != HostJson : rule.Type == only
        from resource in of(rule.Type)
        where !Regex.IsMatch(resource.Text(rule.Path), $"^({rule.Value})$", RegexOptions.IgnoreCase)
        select $"{(only ?? resource.Name)}: {rule.Path} must be '{rule.Value}' {rule.Why}";

    private static string Framework() =>
        Regex.Escape(
            XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("TargetFramework").First().Value[
                "net".Length..
            ]
        );
}
