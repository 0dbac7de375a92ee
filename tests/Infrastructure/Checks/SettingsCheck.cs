using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Every setting that the code reads is set by Bicep, and every one that Bicep sets is read: by the code, or by the
/// host for a reason that stands below. A new setting of the code fails here until it is set in main.bicep or listed
/// under <see cref="NotSet"/>.
/// </summary>
internal static partial class SettingsCheck
{
    /// <summary>Read by the Functions host, its extensions and the OpenTelemetry SDK, not by the code.</summary>
    private static readonly Dictionary<string, string> OfHost = new()
    {
        ["AzureWebJobsStorage__blobServiceUri"] = "the host's locks and keys, leases of the task hub",
        ["AzureWebJobsStorage__queueServiceUri"] = "queues of the task hub",
        ["AzureWebJobsStorage__credential"] = "connect with an identity",
        ["AzureWebJobsStorage__clientId"] = "with which one, since it is assigned by the user",
        ["ServiceBusConnection__credential"] = "connect with an identity",
        ["ServiceBusConnection__clientId"] = "with which one",
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "where host and code send telemetry",
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "with an identity: local authentication is off",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "read by the OTLP exporter itself, too",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "how the exporter sends",
        ["OTEL_EXPORTER_OTLP_HEADERS"] = "what a collector asks for; a reference to the vault",
        ["OTEL_SERVICE_NAME"] = "what the exported telemetry is of",
        ["OTEL_TRACES_SAMPLER"] = "which traces are exported",
        ["OTEL_TRACES_SAMPLER_ARG"] = "and how many",
        ["AzureFunctionsJobHost__extensions__durableTask__storageProvider__maxQueuePollingInterval"] =
            "overrides host.json: how long a timer may wait for an instance to look",
        [BodyLimit] = "the host refuses larger bodies before it reads them",
        ["AzureFunctionsJobHost__extensions__durableTask__hubName"] =
            "overrides host.json in the app that runs no orchestrations",
    };

    /// <summary>Read by the code, and deliberately not set in Azure.</summary>
    private static readonly Dictionary<string, string> NotSet = new()
    {
        ["AzureWebJobsStorage"] = "a connection string holds a key; Azure uses the service URIs",
        ["ServiceBusConnection"] = "a connection string holds a key; Azure uses the namespace",
        ["Secrets"] = "secrets stand in the vault",
        ["Secrets__KycAppToken"] = "secrets stand in the vault",
        ["Secrets__KycSecretKey"] = "secrets stand in the vault",
        ["Storage__TablePrefix"] = "each deployment has an account of its own",
        ["Webhooks__AllowPrivateNetworks"] = "local development only",
        ["Demo__Seed"] = "local development only",
        ["Demo__WebhookUrl"] = "local development only",
        ["WEBSITE_HOSTNAME"] = "the platform sets it",
        ["port"] = "local development only",
        ["Mail__Smtp__Host"] = MailServer,
        ["Mail__Smtp__Port"] = MailServer,
        ["Mail__Smtp__UserName"] = MailServer,
        ["Mail__Smtp__StartTls"] = MailServer,
        ["Eligibility__Rules"] =
            "the package carries its rules: they are changed, reviewed and tested with the code (functions/Eligibility/rules.json)",
    };

    private const string BodyLimit = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";

    /// <summary>Settings that must not be there whoever reads them, and why.</summary>
    private static readonly Dictionary<string, string> Never = new()
    {
        ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "host and worker would believe what a caller writes",
    };

    private const string MailServer =
        "mail goes through Communication Services, as the app's identity; port 587 is closed";

    /// <summary>Read by the code, set in one app, and deliberately not in the other.</summary>
    private static readonly Dictionary<string, Dictionary<string, string>> NotSetIn = new()
    {
        ["delivery"] = new()
        {
            ["Mail__AcsEndpoint"] = "it sends no mail and has no role to",
            ["Mail__From"] = "it sends no mail",
            ["Kyc__Level"] = "it would ask for the KYC provider's secrets at its start",
            ["Kyc__ProviderUrl"] = "it does not call the KYC provider",
            ["Identities__CallsPerMinute"] = "it answers no requests",
        },
    };

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var read = code.Settings;
        foreach (var problem in PastOptions(code))
            yield return problem;
        var foreign = code.Functions.Where(function =>
            function.Connection is not null
            && !read.Keys.Any(setting => setting.StartsWith(function.Connection, StringComparison.Ordinal))
        );
        foreach (var (name, _, _, connection, _) in foreign)
            yield return $"{name}: the connection '{connection}' of its trigger is not that of the clients";
        foreach (var name in NotSet.Keys.Concat(NotSetIn.Values.SelectMany(names => names.Keys)).Except(read.Keys))
            yield return $"'{name}' is listed as read by the code, and is not";
        foreach (var (file, text) in template.Texts.Where(file => IsDeployed(file.Key)))
        {
            foreach (var name in Never.Keys.Where(name => text.Contains(name, StringComparison.OrdinalIgnoreCase)))
                yield return $"{file}: '{name}' must never be named";
        }

        var apps = template.Deployments.SelectMany(SetBy).ToList();
        var bodies = LargestBody(code);
        foreach (var (app, set) in apps)
        {
            // The host buffers and parses a body before any code of ours sees it.
            if (!long.TryParse(set.GetValueOrDefault(BodyLimit), CultureInfo.InvariantCulture, out var limit))
                yield return $"{app}: '{BodyLimit}' is not set";
            else if (limit < bodies)
                yield return $"{app}: '{BodyLimit}' is less than the largest body that the code takes";
            foreach (var problem in Unread(app, set.Keys, read))
                yield return problem;
        }
        // The sandbox is given all that can be given: there every app has all that it reads.
        foreach (var (app, set) in template.Deployments.Where(item => item.Name == "sandbox").SelectMany(SetBy))
        {
            var others = NotSetIn.GetValueOrDefault(app, []);
            foreach (
                var (name, where) in read.Where(item => !set.ContainsKey(item.Key) && !NotSet.ContainsKey(item.Key))
            )
            {
                if (!others.ContainsKey(name))
                    yield return $"{app}: '{name}', read in {where}, is not set";
            }
        }
        foreach (var name in OfHost.Keys.Where(name => !apps.Any(app => app.Set.ContainsKey(name))))
            yield return $"'{name}' is listed as read by the host and is set nowhere";
    }

    private static IEnumerable<string> Unread(string app, IEnumerable<string> set, Dictionary<string, string> read)
    {
        var others = NotSetIn.GetValueOrDefault(app, []);
        foreach (var name in set.Where(name => !Disabled().IsMatch(name)))
        {
            if (NotSet.TryGetValue(name, out var reason) || others.TryGetValue(name, out reason))
                yield return $"{app}: '{name}' is set: {reason}";
            else if (Never.TryGetValue(name, out reason))
                yield return $"{app}: '{name}' must never be set: {reason}";
            else if (!read.ContainsKey(name) && !OfHost.ContainsKey(name))
                yield return $"{app}: '{name}' is set and nothing reads it";
        }
    }

    private static bool IsDeployed(string file) => file.StartsWith("infra/azure/", StringComparison.Ordinal);

    private static IEnumerable<(string App, Dictionary<string, string> Set)> SetBy(Deployment deployment) =>
        deployment.Apps.Select(app => (app.App, deployment.SettingsOf(app.Site)));

    /// <summary>A vault reference is resolved as the app's own identity, which a site must be told.</summary>
    public static IEnumerable<string> UnresolvedReferences(Template template) =>
        from deployment in template.Deployments
        from app in deployment.Apps
        where
            !app.Site.Text("properties.keyVaultReferenceIdentity").Contains($"id-{app.App}-", StringComparison.Ordinal)
        select $"{deployment.Name}: references to the vault would not resolve in the app '{app.App}'";

    /// <summary>Who reads the configuration or the environment by itself.</summary>
    private static IEnumerable<string> PastOptions(AppCode code) =>
        from type in code.Classes
        where type.Namespace != typeof(Functions.Settings.SettingAttribute).Namespace
        from call in AppCode.CallsOf(type).Distinct()
        where
            call is "IConfiguration.get_Item" or "IConfiguration.GetSection" or "Environment.GetEnvironmentVariable"
            || Binders.Contains(call.Split('.')[0])
        select $"{type.Name}: '{call}' reads a setting past the options: give a property [Setting]";

    /// <summary>The classes whose methods read from a configuration.</summary>
    private static readonly string[] Binders =
    [
        "ConfigurationBinder",
        "ConfigurationExtensions",
        "OptionsBuilderConfigurationExtensions",
        "OptionsConfigurationServiceCollectionExtensions",
    ];

    /// <summary>The largest of the limits that the code has for bodies: constants <c>Max…</c> of whole megabytes.</summary>
    private static long LargestBody(AppCode code) =>
        code
            .Classes.SelectMany(AppCode.ConstantsOf)
            .Where(constant => constant.Key.StartsWith("Max", StringComparison.Ordinal))
            .Select(constant => constant.Value)
            .OfType<int>()
            .Where(bytes => bytes % (1024 * 1024) == 0)
            .Max();

    [GeneratedRegex(@"^AzureWebJobs\.(\w+)\.Disabled$")]
    private static partial Regex Disabled();
}
