using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// host.json, that Bicep's overrides name sections that it has, and that the app is deployed as what it was built for.
/// What was built is looked at by <see cref="OutputCheck"/>.
/// </summary>
internal static partial class PackageCheck
{
    private const string Paths = "the host would send the path of each request, which may name a person";
    private const string Lost = "what an instance had taken when it died stands still for longer than a minute";
    private const string Insights = "logging.applicationInsights";
    private const string Durable = "extensions.durableTask";

    private static readonly (string Path, string Value, string Otherwise)[] Host =
    [
        ("telemetryMode", "", Paths),
        ($"{Insights}.enableDependencyTracking", "False", "the host would send the address of each call to the worker"),
        ($"{Insights}.httpAutoCollectionOptions.enableHttpTriggerExtendedInfoCollection", "False", Paths),
        ($"{Durable}.throwStatusExceptionsOnRaiseEvent", "False", "an event that nobody waits for would be an error"),
        ($"{Durable}.storageProvider.controlQueueVisibilityTimeout", "00:01:00", Lost),
        ($"{Durable}.storageProvider.workItemQueueVisibilityTimeout", "00:01:00", Lost),
    ];

    /// <summary>What writes a third of all lines below a warning.</summary>
    private static readonly string[] Talkative =
    [
        "Azure.Messaging.ServiceBus",
        "DurableTask",
        "DurableTask.AzureStorage",
        "DurableTask.Core",
        "Host.Triggers.DurableTask",
    ];

    public static IEnumerable<string> HostProblems(Template template)
    {
        var host = new Resource(JsonElement.Parse(template.Texts["host.json"]));
        foreach (var (path, _, otherwise) in Host.Where(rule => host.Text(rule.Path) != rule.Value))
            yield return $"host.json: {path}: {otherwise}";
        var levels = host.At("logging.logLevel")!.Value;
        foreach (var name in Talkative)
        {
            if (!levels.TryGetProperty(name, out var level) || level.GetString() != "Warning")
                yield return $"host.json: '{name}' writes much below a warning";
        }
        if (!Hub().IsMatch(host.Text($"{Durable}.hubName")))
            yield return "host.json: the hub's name is none that the host takes (letters and digits, 3 to 45, a letter first)";
    }

    public static IEnumerable<string> Problems(Template template)
    {
        var framework = XDocument
            .Parse(Repository.Read("Directory.Build.props"))
            .Descendants("TargetFramework")
            .First()
            .Value;
        var host = new Resource(JsonElement.Parse(template.Texts["host.json"]));
        foreach (var deployment in template.Deployments)
        {
            foreach (var (app, site) in deployment.Apps)
            {
                const string config = "properties.functionAppConfig";
                if (
                    framework != "net" + site.Text($"{config}.runtime.version")
                    || site.Text($"{config}.runtime.name") != "dotnet-isolated"
                )
                    yield return $"modules/app.bicep: the runtime is not that of {framework}";
                if (site.Text($"{config}.siteUpdateStrategy.type") != "Recreate")
                    yield return $"{app}: old and new code would run side by side, and an orchestration be replayed by either";
                foreach (
                    var (name, value) in deployment
                        .SettingsOf(site)
                        .Where(item => item.Key.StartsWith("AzureFunctionsJobHost__", StringComparison.Ordinal))
                )
                {
                    var path = name.Split("__")[1..];
                    if (host.At(string.Join('.', path[..2])) is null)
                        yield return $"'{name}' overrides a section that host.json does not have";
                    if (path[^1] == "hubName" && !Hub().IsMatch(value))
                        yield return $"'{name}' is no name of a hub that the host takes";
                }
            }
        }
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$")]
    private static partial Regex Hub();
}
