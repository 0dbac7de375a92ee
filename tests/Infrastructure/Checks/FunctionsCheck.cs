using System.Text.Json;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Each function of the package runs in exactly one of the two apps. Which one follows from the code: what calls
/// addresses that partners choose runs apart. functions.json is the list, written from what was built.
/// </summary>
internal static class FunctionsCheck
{
    /// <summary>
    /// They call addresses that partners choose and run in the api all the same: a partner's own request under /partner
    /// asks for it, which the api's host name answers; NetworkCheck sees to it that it leaves as deliveries do.
    /// </summary>
    private static readonly string[] CallsFromApi = ["TestWebhookEndpoint", "ProbeWebhookEndpoint"];

    /// <summary>Who makes HTTP calls of its own, and whether partners choose the address.</summary>
    private static readonly Dictionary<string, bool> Callers = new()
    {
        ["WebhookSender"] = true,
        ["SumsubKycProvider"] = false,
    };

    private static readonly string[] Clients = (
        "SocketsHttpHandler..ctor HttpClientHandler..ctor HttpClient..ctor "
        + "HttpClientFactoryServiceCollectionExtensions.AddHttpClient"
    ).Split(' ');

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Which app runs which function (functions.json).</summary>
    public static Dictionary<string, List<string>> Listed(Template template) =>
        JsonSerializer.Deserialize<Dictionary<string, List<string>>>(
            template.Texts[Template.Folder + "functions.json"]
        )!;

    /// <summary>What functions.json must be.</summary>
    public static string Written(AppCode code) => JsonSerializer.Serialize(Expected(code), Indented) + "\n";

    private static Dictionary<string, List<string>> Expected(AppCode code)
    {
        var delivery = CallingPartners(code).Except(CallsFromApi).Order(StringComparer.Ordinal).ToList();
        var others = code.Functions.Select(function => function.Name).Except(delivery).Order(StringComparer.Ordinal);
        return new() { ["delivery"] = delivery, ["api"] = [.. others] };
    }

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        foreach (var type in code.Classes.Where(type => MakesHttpCalls(type) && !Callers.ContainsKey(type.Name)))
            yield return $"{type.Name} makes HTTP calls: say in FunctionsCheck whether partners choose the address";
        foreach (var name in CallsFromApi.Except(CallingPartners(code)))
            yield return $"'{name}' is excused from delivery and need not be";
        var listed = Listed(template);
        foreach (var (app, expected) in Expected(code))
        {
            foreach (var name in expected.Except(listed[app]))
                yield return $"functions.json: '{name}' belongs to '{app}'; write it anew (WRITE_DOCUMENTS=1, tests/README.md)";
            foreach (var name in listed[app].Except(expected))
                yield return $"functions.json: '{name}' is nothing for '{app}'; write it anew (WRITE_DOCUMENTS=1, tests/README.md)";
            foreach (var deployment in template.Deployments)
            {
                var settings = deployment.SettingsOf(deployment.Apps.Single(one => one.App == app).Site);
                foreach (var name in listed.Values.SelectMany(names => names))
                {
                    var runs = settings.GetValueOrDefault($"AzureWebJobs.{name}.Disabled") != "true";
                    if (runs != listed[app].Contains(name))
                        yield return $"{deployment.Name}: the app '{app}' must turn {(runs ? "off" : "on")} '{name}'";
                }
            }
        }
    }

    /// <summary>
    /// Functions of the classes that reach, by what their constructors take, one that calls addresses which partners
    /// choose.
    /// </summary>
    private static List<string> CallingPartners(AppCode code)
    {
        var reached = Callers.Where(caller => caller.Value).Select(caller => caller.Key).ToHashSet();
        for (var before = 0; before != reached.Count; )
        {
            before = reached.Count;
            reached.UnionWith(code.Classes.Where(type => AppCode.Takes(type, reached)).Select(type => type.Name));
        }
        return
        [
            .. code
                .Functions.Where(function => reached.Contains(function.Class.Name))
                .Select(function => function.Name),
        ];
    }

    private static bool MakesHttpCalls(Type type) =>
        AppCode.Takes(type, new HashSet<string> { "IHttpClientFactory" })
        || AppCode.CallsOf(type).Any(call => Clients.Contains(call));
}
