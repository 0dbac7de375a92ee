using System.Text.Json;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// The table of roles in main.bicep holds what the code needs and nothing more, and nothing is assigned beside it.
/// </summary>
internal static class RolesCheck
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

    public static IEnumerable<string> Problems(Template template, AppCode code, string? schemas)
    {
        foreach (var need in Needs.Where(need => need.Class is not null && !IsShown(code, need)))
            yield return $"'{need.Role}' of {need.Who}: {need.Class} has no '{need.By}' any more; show another place that needs it, or take the role away";

        // Receivers follow from the triggers and from which app runs them.
        foreach (var (name, _, on, _) in code.Functions.Where(function => function.Queue is not null))
        {
            var app = SettingsCheck.Functions(template).First(app => app.Value.Contains(name)).Key;
            if (
                !Needs.Any(need =>
                    need.Who == app
                    && need.Role == "Azure Service Bus Data Receiver"
                    && string.Equals(need.On, on, StringComparison.OrdinalIgnoreCase)
                )
            )
                yield return $"{name} receives from {on}: {app} needs the role of a receiver";
        }

        var rows = template
            .Main.Variables["access"]
            .Parts.Select(row =>
                (
                    Who: row["who"]?.Literal,
                    Role: row["role"]?.Literal,
                    On: row["on"]?.Literal,
                    Why: row["why"]?.Literal,
                    row.Line
                )
            )
            .ToList();
        foreach (var row in rows)
        {
            if (!Needs.Any(need => need.Who == row.Who && need.Role == row.Role && need.On == row.On))
                yield return $"main.bicep:{row.Line}: {row.Who} gets '{row.Role}' on {row.On}, which nothing needs";
            if (string.IsNullOrEmpty(row.Why))
                yield return $"main.bicep:{row.Line}: a role without a reason";
        }
        foreach (
            var need in Needs.Where(need =>
                !rows.Any(row => need.Who == row.Who && need.Role == row.Role && need.On == row.On)
            )
        )
            yield return $"main.bicep: {need.Who} needs '{need.Role}' on {need.On}";
        foreach (var twice in rows.GroupBy(row => (row.Who, row.Role, row.On)).Where(group => group.Count() > 1))
            yield return $"main.bicep: {twice.Key} stands twice in the table";

        // Each row reaches a module, through a filter on its resource.
        var filtered = template
            .Main.Modules.SelectMany(module => module.Body["params"]?["access"]?.All ?? [])
            .Select(node => node.Literal)
            .ToHashSet();
        foreach (var on in rows.Select(row => row.On).Distinct().Where(on => !filtered.Contains(on)))
            yield return $"main.bicep: the roles on {on} go to no module";

        // Nothing is assigned beside the table.
        foreach (
            var (file, assignment) in template.Files.Values.SelectMany(file =>
                file.Resources.Where(resource => resource.ResourceType == "Microsoft.Authorization/roleAssignments")
                    .Select(resource => (file, resource))
            )
        )
        {
            var properties = assignment.Body["properties"];
            if (
                assignment.Loop is not { } loop
                || loop.Parts[1].Text != "access"
                || !IsOfRow(properties?["principalId"], "principals", "who")
                || properties?["roleDefinitionId"] is not { Type: "call_expression" } role
                || !IsOfRow(role.With("arguments")!.Parts[^1], "roleIds", "role")
                || assignment.Body["scope"] is null
            )
                yield return $"{file.Name}:{assignment.Line}: a role assignment that does not come from the table, or has no scope";
        }
        var ids = JsonSerializer.Deserialize<Dictionary<string, string>>(template.Texts["roles.json"])!;
        foreach (var role in rows.Select(row => row.Role!).Distinct().Except(ids.Keys))
            yield return $"roles.json: '{role}' is missing";
        foreach (var role in ids.Keys.Except(rows.Select(row => row.Role!)))
            yield return $"roles.json: '{role}' is not in use";
        if (schemas is not null)
        {
            using var known = JsonDocument.Parse(File.ReadAllText(Path.Combine(schemas, "built-in-roles.json")));
            foreach (var (role, id) in ids)
            {
                if (
                    !known.RootElement.GetProperty("roles").TryGetProperty(role, out var entry)
                    || entry.GetProperty("id").GetString() != id
                )
                    yield return $"roles.json: '{role}' is not {id}";
            }
        }
    }

    private static bool IsShown(AppCode code, Need need) =>
        code.Classes.FirstOrDefault(type => type.Name == need.Class) is { } type
        && (
            AppCode.CallsOf(type).Contains(need.By)
            || AppCode.Takes(type, new HashSet<string> { need.By! })
            || AppCode.TextsOf(type).Any(text => text.Contains(need.By!, StringComparison.Ordinal))
            || code.Functions.Any(function => function.Class == type && function.Queue == need.By)
        );

    /// <summary><c>table[row.column]</c></summary>
    private static bool IsOfRow(Node? value, string table, string column) =>
        value
            is {
                Type: "subscript_expression",
                Parts: [{ Type: "identifier" } of, { Type: "member_expression", Parts: [{ Text: "row" }, { } member] }]
            }
        && of.Text == table
        && member.Text == column;
}
