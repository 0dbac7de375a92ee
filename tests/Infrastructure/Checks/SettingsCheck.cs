using System.Globalization;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Every setting that the code reads is set by Bicep, and every one that Bicep sets is read: by the code, or by the
/// host for a reason that stands below. A new setting of the code fails here until it is set in main.bicep or listed
/// under <see cref="NotSet"/>.
/// </summary>
internal static class SettingsCheck
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

    /// <summary>What reads the configuration or the environment past the options.</summary>
    private static readonly string[] Readers = (
        "IConfiguration.get_Item IConfiguration.GetSection Environment.GetEnvironmentVariable ConfigurationBinder. "
        + "ConfigurationExtensions. OptionsBuilderConfigurationExtensions. OptionsConfigurationServiceCollectionExtensions."
    ).Split(' ');

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var read = code.Settings;
        foreach (var problem in OfCode(code, read))
            yield return problem;
        foreach (var (file, text) in template.Texts.Where(file => file.Key.Begins(Template.Folder)))
        {
            foreach (var name in Never.Keys.Where(name => text.Contains(name, StringComparison.OrdinalIgnoreCase)))
                yield return $"{file}: '{name}' must never be named: {Never[name]}";
        }
        var seen = new HashSet<string>();
        var largest = LargestBody(code);
        foreach (var deployment in template.Deployments)
        {
            foreach (var (app, site) in deployment.Apps)
            {
                var set = deployment.SettingsOf(site);
                var others = NotSetIn.GetValueOrDefault(app, []);
                seen.UnionWith(set.Keys);
                // A vault reference is resolved as the app's own identity, which a site must be told.
                if (!site.Text("properties.keyVaultReferenceIdentity").Has($"id-{app}-"))
                    yield return $"{app}: references to the vault would not resolve";
                // The host buffers and parses a body before any code of ours sees it.
                if (!long.TryParse(set.GetValueOrDefault(BodyLimit), CultureInfo.InvariantCulture, out var limit))
                    yield return $"{app}: '{BodyLimit}' is not set";
                else if (limit < largest)
                    yield return $"{app}: '{BodyLimit}' is less than the largest body that the code takes";
                foreach (var name in set.Keys)
                {
                    if (NotSet.TryGetValue(name, out var reason) || others.TryGetValue(name, out reason))
                        yield return $"{app}: '{name}' is set: {reason}";
                    else if (!read.ContainsKey(name) && !OfHost.ContainsKey(name) && !IsSwitch(name))
                        yield return $"{app}: '{name}' is set and nothing reads it";
                }
                // The sandbox is given all that can be given: there every app has all that it reads.
                var excused = set.Keys.Concat(NotSet.Keys).Concat(others.Keys);
                foreach (var name in deployment.Name == "sandbox" ? read.Keys.Except(excused) : [])
                    yield return $"{app}: '{name}', read in {read[name]}, is not set";
            }
        }
        foreach (var name in OfHost.Keys.Except(seen))
            yield return $"'{name}' is listed as read by the host and is set nowhere";
    }

    private static IEnumerable<string> OfCode(AppCode code, Dictionary<string, string> read)
    {
        foreach (var function in code.Functions)
        {
            if (function.Connection is { } name && !read.Keys.Any(key => key.Begins(name)))
                yield return $"{function.Name}: the connection '{name}' of its trigger is not that of the clients";
        }
        foreach (var name in NotSet.Keys.Concat(NotSetIn.Values.SelectMany(names => names.Keys)).Except(read.Keys))
            yield return $"'{name}' is listed as read by the code, and is not";
        foreach (
            var type in code.Classes.Where(type =>
                type.Namespace != typeof(Functions.Settings.SettingAttribute).Namespace
            )
        )
        {
            foreach (var call in AppCode.CallsOf(type).Where(call => Readers.Any(name => call.Begins(name))))
                yield return $"{type.Name}: '{call}' reads a setting past the options: give a property [Setting]";
        }
    }

    private static bool IsSwitch(string name) => name.Begins("AzureWebJobs.") && name.Ends(".Disabled");

    /// <summary>The largest of the limits that the code has for bodies: constants <c>Max…</c> of whole megabytes.</summary>
    private static long LargestBody(AppCode code) =>
        code
            .Classes.SelectMany(AppCode.ConstantsOf)
            .Where(constant => constant.Key.Begins("Max"))
            .Select(constant => constant.Value)
            .OfType<int>()
            .Where(bytes => bytes % (1024 * 1024) == 0)
            .Max();
}
