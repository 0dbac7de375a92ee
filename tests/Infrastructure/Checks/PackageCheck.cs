using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What <c>dotnet publish -p:AzurePackages=true</c> depends on and can be seen without the packages: the project's conditions, host.json in the output, pinned versions, and that
/// Bicep's overrides name sections that host.json has.
/// </summary>
internal static partial class PackageCheck
{
    private static readonly string[] Packages =
    [
        "Azure.Data.Tables", "Azure.Messaging.ServiceBus", "Microsoft.Azure.Functions.Worker", "Microsoft.Azure.Functions.Worker.Extensions.DurableTask", "Microsoft.Azure.Functions.Worker.Extensions.Http",
        "Microsoft.Azure.Functions.Worker.Extensions.Http.AspNetCore", "Microsoft.Azure.Functions.Worker.Extensions.ServiceBus", "Microsoft.Azure.Functions.Worker.Extensions.Timer", "Microsoft.Azure.Functions.Worker.Sdk",
    ];

    /// <summary>Secrets that the code asks the vault for and the guide does not name.</summary>
    public static IEnumerable<string> UnknownSecrets(IReadOnlyDictionary<string, string> sources, string guide)
    {
        var constants = new Constants(sources);
        foreach (var (file, text) in sources)
        {
            foreach (var asked in Secret().Matches(text).Select(match => match.Groups[1].Value))
            {
                if (constants.ValueOf(file, asked) is not { } secret)
                    yield return $"functions/{file}: a secret is read as {asked}, which this check does not understand";
                else if (!guide.Contains($"`{secret}`", StringComparison.Ordinal))
                    yield return $"functions/{file}: the secret '{secret}' is not named in infra/README.md";
            }
        }
    }

    public static IEnumerable<string> Problems(Template template)
    {
        var project = XDocument.Load(Path.Combine(Repository.Functions, "Serverless.Functions.csproj"));
        var groups = project.Root!.Elements("ItemGroup").ToList();
        var real = groups.Where(group => (string?)group.Attribute("Condition") == "'$(AzurePackages)' == 'true'").Elements("PackageReference").Select(item => (string)item.Attribute("Include")!).ToHashSet();
        foreach (var package in Packages.Where(package => !real.Contains(package)))
            yield return $"Serverless.Functions.csproj: {package} is missing with AzurePackages=true";
        var local = groups.Where(group => group.Elements("ProjectReference").Any(item => ((string)item.Attribute("Include")!).Contains("infra/local", StringComparison.Ordinal)));
        if (local.Any(group => (string?)group.Attribute("Condition") != "'$(AzurePackages)' != 'true'"))
            yield return "Serverless.Functions.csproj: the local platform would be part of the package";

        var files = groups.Elements("None").ToDictionary(item => (string)item.Attribute("Link")!);
        if (!files.TryGetValue("host.json", out var host) || (string?)host.Attribute("CopyToOutputDirectory") != "PreserveNewest" || host.Attribute("CopyToPublishDirectory") is not null)
            yield return "Serverless.Functions.csproj: host.json would not be part of the package";
        foreach (var item in files.Where(item => item.Key.StartsWith("local.settings", StringComparison.Ordinal) && (string?)item.Value.Attribute("CopyToPublishDirectory") != "Never"))
            yield return $"Serverless.Functions.csproj: {item.Key} would be part of the package";
        if ((string?)project.Root.Elements("PropertyGroup").Elements("AzureFunctionsVersion").FirstOrDefault() != "v4")
            yield return "Serverless.Functions.csproj: AzureFunctionsVersion must be v4";

        var versions = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(item => (string)item.Attribute("Include")!, item => (string)item.Attribute("Version")!);
        foreach (var package in real.Where(package => !versions.TryGetValue(package, out var version) || !Exact().IsMatch(version)))
            yield return $"Directory.Packages.props: {package} has no exact version";

        var framework = (string?)XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("TargetFramework").FirstOrDefault();
        var runtime = template.Files["modules/app.bicep"].Resources.First(resource => resource.ResourceType == "Microsoft.Web/sites").Body["properties"]!["functionAppConfig"]!["runtime"]!;
        if (framework != "net" + runtime["version"]?.Literal || runtime["name"]?.Literal != "dotnet-isolated")
            yield return $"modules/app.bicep: the runtime is not that of {framework}";

        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "host.json")));
        foreach (var name in SettingsCheck.SetBy(template).SelectMany(app => app.Set).Where(name => name.StartsWith("AzureFunctionsJobHost__", StringComparison.Ordinal)).Distinct())
        {
            var path = name.Split("__")[1..];
            if (!(settings.RootElement.TryGetProperty(path[0], out var section) && section.TryGetProperty(path[1], out _)))
                yield return $"'{name}' overrides a section that host.json does not have";
        }
        var durable = settings.RootElement.GetProperty("extensions").GetProperty("durableTask");
        foreach (var problem in DurableProblems(durable))
            yield return problem;
        // Alerts count requests, which the host logs as information under this name.
        if (settings.RootElement.GetProperty("logging").GetProperty("logLevel").TryGetProperty("Host.Results", out var level) && level.GetString() is not ("Information" or "Debug" or "Trace"))
            yield return "host.json: requests that succeed for the host are not logged, and 'server-errors' sees nothing";

        // Outputs that the script and the guide ask for.
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "infra", "README.md"));
        foreach (var output in Output().Matches(template.Texts["deploy.sh"] + guide).SelectMany(match => match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct().Where(output => !template.Main.Outputs.ContainsKey(output)))
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

    [GeneratedRegex(@"\$\(output (\w+)\)|for name in (?<1>(?:\w+ )*\w+);|outputs\.(?<1>\w+)\.value|\(output `(?<1>\w+)`\)")]
    private static partial Regex Output();

    [GeneratedRegex(@"\bsecrets\.GetAsync\(\s*([^,)]+)")]
    private static partial Regex Secret();

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[\w.]+)?$")]
    private static partial Regex Exact();
}
