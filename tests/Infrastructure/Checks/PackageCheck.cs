using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What the package for Azure depends on and can be seen in the project files: references and their versions, that the
/// real Service Bus extension takes the place of the stand-in, host.json, and that Bicep's overrides name sections that
/// host.json has. What was built is looked at by <see cref="OutputCheck"/>.
/// </summary>
internal static partial class PackageCheck
{
    private const string ServiceBus = "Microsoft.Azure.Functions.Worker.Extensions.ServiceBus";

    /// <summary>Secrets that the code asks the vault for and the guide does not name.</summary>
    public static IEnumerable<string> UnknownSecrets(AppCode code, string guide)
    {
        foreach (var type in code.Classes)
        {
            foreach (var secret in AppCode.SecretsOf(type))
            {
                if (secret is null)
                    yield return $"{type.Name}: a secret is asked for by a name that is no constant";
                else if (!guide.Contains($"`{secret}`", StringComparison.Ordinal))
                    yield return $"{type.Name}: the secret '{secret}' is not named in infra/README.md";
            }
        }
    }

    public static IEnumerable<string> Problems(Template template)
    {
        var project = XDocument.Load(Path.Combine(Repository.Functions, "Serverless.Functions.csproj"));
        var groups = project.Root!.Elements("ItemGroup").ToList();
        var real = groups.Elements("PackageReference").Select(item => (string)item.Attribute("Include")!).ToHashSet();
        var extension = groups.Where(group =>
            group.Elements("PackageReference").Any(item => (string?)item.Attribute("Include") == ServiceBus)
        );
        if (
            extension.ToList() is not [var only]
            || (string?)only.Attribute("Condition") != "'$(ServiceBusExtension)' == 'package'"
        )
            yield return $"Serverless.Functions.csproj: {ServiceBus} must be taken with ServiceBusExtension=package, and only then";
        if (
            groups.Any(group =>
                group.Elements("ProjectReference").Any()
                && (string?)group.Attribute("Condition") != "'$(ServiceBusExtension)' != 'package'"
            )
        )
            yield return "Serverless.Functions.csproj: a project of this repository would be part of the package";

        var files = groups.Elements("None").ToDictionary(item => (string)item.Attribute("Link")!);
        if (
            !files.TryGetValue("host.json", out var host)
            || (string?)host.Attribute("CopyToOutputDirectory") != "PreserveNewest"
            || host.Attribute("CopyToPublishDirectory") is not null
        )
            yield return "Serverless.Functions.csproj: host.json would not be part of the package";
        foreach (
            var item in files.Where(item =>
                item.Key.StartsWith("local.settings", StringComparison.Ordinal)
                && (string?)item.Value.Attribute("CopyToPublishDirectory") != "Never"
            )
        )
            yield return $"Serverless.Functions.csproj: {item.Key} would be part of the package";
        if ((string?)project.Root.Elements("PropertyGroup").Elements("AzureFunctionsVersion").FirstOrDefault() != "v4")
            yield return "Serverless.Functions.csproj: AzureFunctionsVersion must be v4";

        var versions = XDocument
            .Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(item => (string)item.Attribute("Include")!, item => (string)item.Attribute("Version")!);
        foreach (
            var package in real.Where(package =>
                !versions.TryGetValue(package, out var version) || !Exact().IsMatch(version)
            )
        )
            yield return $"Directory.Packages.props: {package} has no exact version";

        var framework = (string?)
            XDocument
                .Load(Path.Combine(Repository.Root, "Directory.Build.props"))
                .Descendants("TargetFramework")
                .FirstOrDefault();
        var runtime = template
            .Files["modules/app.bicep"]
            .Resources.First(resource => resource.ResourceType == "Microsoft.Web/sites")
            .Body["properties"]!["functionAppConfig"]!["runtime"]!;
        if (framework != "net" + runtime["version"]?.Literal || runtime["name"]?.Literal != "dotnet-isolated")
            yield return $"modules/app.bicep: the runtime is not that of {framework}";

        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "host.json")));
        foreach (
            var name in SettingsCheck
                .SetBy(template)
                .SelectMany(app => app.Set)
                .Where(name => name.StartsWith("AzureFunctionsJobHost__", StringComparison.Ordinal))
                .Distinct()
        )
        {
            var path = name.Split("__")[1..];
            if (
                !(
                    settings.RootElement.TryGetProperty(path[0], out var section)
                    && section.TryGetProperty(path[1], out _)
                )
            )
                yield return $"'{name}' overrides a section that host.json does not have";
        }
        var durable = settings.RootElement.GetProperty("extensions").GetProperty("durableTask");
        foreach (var problem in DurableProblems(durable))
            yield return problem;
        foreach (var problem in PathProblems(File.ReadAllText(Path.Combine(Repository.Root, "host.json"))))
            yield return problem;

        // Outputs that the script and the guide ask for.
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "infra", "README.md"));
        foreach (
            var output in Output()
                .Matches(template.Texts["deploy.sh"] + guide)
                .SelectMany(match => match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Distinct()
                .Where(output => !template.Main.Outputs.ContainsKey(output))
        )
            yield return $"main.bicep has no output '{output}', which deploy.sh or the guide asks for";
    }

    private static IEnumerable<string> DurableProblems(JsonElement durable)
    {
        // An event for an orchestration that has ended must not fail what follows from a change.
        if (!durable.TryGetProperty("throwStatusExceptionsOnRaiseEvent", out var throws) || throws.GetBoolean())
            yield return "host.json: an event that nobody waits for would be an error";
        foreach (var name in new[] { "controlQueueVisibilityTimeout", "workItemQueueVisibilityTimeout" })
        {
            // What an instance had taken when it died stands still for so long.
            var isSet = durable.GetProperty("storageProvider").TryGetProperty(name, out var timeout);
            if (!isSet || timeout.GetString() != "00:01:00")
                yield return $"host.json: {name} is not one minute";
        }
    }

    /// <summary>The path of a request may name a person: nothing that the host sends of its own may hold one.</summary>
    public static IEnumerable<string> PathProblems(string hostJson)
    {
        var host = JsonElement.Parse(hostJson);
        if (host.TryGetProperty("telemetryMode", out _))
            yield return "host.json: with a telemetryMode the host would export the path of each request";
        var insights = host.GetProperty("logging").GetProperty("applicationInsights");
        if (!insights.TryGetProperty("enableDependencyTracking", out var calls) || calls.GetBoolean())
            yield return "host.json: the host would send the address of each call to the worker";
        if (
            !insights.TryGetProperty("httpAutoCollectionOptions", out var http)
            || !http.TryGetProperty("enableHttpTriggerExtendedInfoCollection", out var requests)
            || requests.GetBoolean()
        )
            yield return "host.json: the host would send the path of each request";
    }

    [GeneratedRegex(
        @"\$\(output (\w+)\)|for name in (?<1>(?:\w+ )*\w+);|outputs\.(?<1>\w+)\.value|\(output `(?<1>\w+)`\)"
    )]
    private static partial Regex Output();

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[\w.]+)?$")]
    private static partial Regex Exact();
}
