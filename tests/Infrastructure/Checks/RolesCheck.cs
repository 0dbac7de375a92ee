using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>The roles that would be assigned are those that the code needs, and no other.</summary>
internal static partial class RolesCheck
{
    /// <summary>
    /// What an app needs, and what in the code shows it: a class, and what it calls, takes, names or receives from; null
    /// where the host needs it.
    /// </summary>
    private sealed record Need(string Who, string Role, string On, string? Class = null, string? By = null);

    private static readonly Need[] Needs =
    [
        new("api", "Storage Blob Data Owner", "state"),
        new("api", "Storage Queue Data Contributor", "state"),
        new("api", "Storage Table Data Contributor", "state", "StorageServices", "StorageOptions.get_TableService"),
        new("api", "Azure Service Bus Data Sender", "events", "AppQueues", "ServiceBusClient.CreateSender"),
        new("api", "Azure Service Bus Data Receiver", "events", "FollowUpEvent", "events"),
        new("api", "Azure Service Bus Data Sender", "webhooks", "DeliveryReplay", "AppQueues.get_Webhooks"),
        new("api", "Azure Service Bus Data Receiver", "webhooks", "DeadLetters", "ServiceBusClient.CreateReceiver"),
        new("api", "Key Vault Secrets User", "vault", "SecurityServices", "SecretClient..ctor"),
        new("api", "Monitoring Metrics Publisher", "telemetry"),
        new("api", "Communication and Email Service Owner", "mail", "AcsMailSender", "/emails:send"),
        new("delivery", "Storage Blob Data Owner", "delivery"),
        new("delivery", "Storage Table Data Contributor", "state", "DeliveryLog", "AppTables"),
        new("delivery", "Azure Service Bus Data Receiver", "webhooks", "DeliverWebhook", "webhooks"),
        new("delivery", "Azure Service Bus Data Sender", "webhooks", "AttemptRecorder", "AppQueues.get_Webhooks"),
        new("delivery", "Azure Service Bus Data Sender", "events", "AnswerInResponse", "AnswerDataRequest"),
        new("delivery", "Key Vault Secrets User", "vault", "AttemptSender", "KeyRing"),
        new("delivery", "Monitoring Metrics Publisher", "telemetry"),
    ];

    /// <summary>Who deploys by hand, in a sandbox that asks for it: stores secrets, looks at rows and messages.</summary>
    private static readonly Need[] OfDeveloper =
    [
        new("developer", "Storage Table Data Contributor", "state"),
        new("developer", "Azure Service Bus Data Owner", "messages"),
        new("developer", "Key Vault Secrets Officer", "vault"),
    ];

    private static readonly Dictionary<string, string> Names = JsonSerializer
        .Deserialize<Dictionary<string, string>>(Repository.Read("tests/Infrastructure/built-in-roles.json"))!
        .ToDictionary(role => role.Value, role => role.Key);

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        foreach (var need in Needs.Where(need => need.Class is not null && !IsShown(code, need)))
            yield return $"'{need.Role}' of {need.Who}: {need.Class} has no '{need.By}' any more; show another place that needs it, or take the role away";
        // Receivers follow from the triggers and from which app runs them.
        foreach (var function in code.Functions.Where(function => function.Queue is not null))
        {
            var app = FunctionsCheck.Listed(template).FirstOrDefault(app => app.Value.Contains(function.Name)).Key;
            if (!Needs.Any(need => IsReceiver(need) && (need.Who, need.On) == (app, function.Queue)))
                yield return $"{function.Name} receives from {function.Queue}: {app} needs the role of a receiver";
        }
        foreach (var problem in template.Deployments.SelectMany(Problems).Distinct())
            yield return problem;
    }

    private static bool IsReceiver(Need need) => need.Role.Ends("Data Receiver");

    private static IEnumerable<string> Problems(Deployment deployment)
    {
        var isSandbox = deployment.Of("Microsoft.Web/sites").All(site => site.Text("tags.environment") == "sandbox");
        var needed = Needs.Select(Said).ToHashSet();
        var given = new HashSet<string>();
        foreach (var assignment in deployment.Of("Microsoft.Authorization/roleAssignments"))
        {
            var id = assignment.Text("properties.roleDefinitionId").Split('/')[^1].TrimEnd('\'', ')', ']');
            if (!Names.TryGetValue(id, out var role))
                yield return $"{id} is not the id of a built-in role that is known here (tests/Infrastructure/built-in-roles.json)";
            else if (!given.Add(Said(new(WhoOf(assignment), role, OnOf(deployment, assignment)))))
                yield return $"{deployment.Name}: '{role}' is assigned twice";
            if (assignment.Text("properties.description").Length == 0)
                yield return $"'{role}' is assigned without a reason";
        }
        foreach (var extra in given.Except(needed).Except(isSandbox ? OfDeveloper.Select(Said) : []))
            yield return $"{extra} is assigned, which nothing needs";
        foreach (var missing in needed.Except(given))
            yield return $"{missing} is needed and not assigned";
    }

    private static string Said(Need need) => $"'{need.Role}' of {need.Who} on {need.On}";

    private static string WhoOf(Resource assignment) =>
        assignment.Text("properties.principalId") is "[deployer().objectId]" ? "developer"
        : Identity().Match(assignment.Text("properties.principalId")) is { Success: true } match ? match.Groups[1].Value
        : "somebody";

    private static string OnOf(Deployment deployment, Resource assignment)
    {
        var scope = Scope().Match(assignment.Id).Groups[1].Value;
        return deployment.Resources.FirstOrDefault(resource => resource.Id == scope) switch
        {
            { Type: "Microsoft.Storage/storageAccounts", Name: var name } => name[1] == 't' ? "state" : "delivery",
            { Type: "Microsoft.ServiceBus/namespaces/queues", Name: var name } => name.Split('/')[1],
            { Type: "Microsoft.ServiceBus/namespaces" } => "messages",
            { Type: "Microsoft.KeyVault/vaults" } => "vault",
            { Type: "Microsoft.Insights/components" } => "telemetry",
            { Type: "Microsoft.Communication/communicationServices" } => "mail",
            _ => "all that is deployed",
        };
    }

    private static bool IsShown(AppCode code, Need need) =>
        code.Classes.FirstOrDefault(type => type.Name == need.Class) is { } type
        && (
            AppCode.CallsOf(type).Contains(need.By)
            || AppCode.Takes(type, new HashSet<string> { need.By! })
            || AppCode.TextsOf(type).Any(text => text.Has(need.By!))
            || code.Functions.Any(function => function.Class == type && function.Queue == need.By)
        );

    [GeneratedRegex("/userAssignedIdentities/id-([a-z]+)-")]
    private static partial Regex Identity();

    [GeneratedRegex(
        @"^(?:\[extensionResourceId\(')?(/[^']+?)(?:/providers/Microsoft\.Authorization/roleAssignments/|', )"
    )]
    private static partial Regex Scope();
}
