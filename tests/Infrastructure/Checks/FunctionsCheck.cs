using System.Text.Json;
using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Each function of the package runs in exactly one of the two apps. Which one follows from the code: what calls
/// addresses that partners choose runs apart. functions.json is the list, written from what was built.
/// </summary>
internal static class FunctionsCheck
{
    private const string Asked =
        "a partner's own request under /partner, which the api's host name answers; NetworkCheck sees to it that it leaves as deliveries do";

    /// <summary>Functions that call addresses which partners choose, and run in the api all the same: why.</summary>
    private static readonly Dictionary<string, string> CallsFromApi = new()
    {
        ["TestWebhookEndpoint"] = Asked,
        ["ProbeWebhookEndpoint"] = Asked,
    };

    /// <summary>Who makes HTTP calls of its own, and whether partners choose the address.</summary>
    private static readonly Dictionary<string, bool> Callers = new()
    {
        ["WebhookSender"] = true,
        ["SumsubKycProvider"] = false,
    };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>Which app runs which function (functions.json).</summary>
    public static Dictionary<string, List<string>> Listed(Template template) =>
        JsonSerializer.Deserialize<Dictionary<string, List<string>>>(
            template.Texts[Template.Folder + "functions.json"]
        )!;

    /// <summary>What functions.json must be.</summary>
    public static string Expected(AppCode code)
    {
        var delivering = CallingPartners(code).Except(CallsFromApi.Keys).Order(StringComparer.Ordinal).ToList();
        var others = BuiltFunctions().Except(delivering).Order(StringComparer.Ordinal).ToList();
        return JsonSerializer.Serialize(new { delivery = delivering, api = others }, Indented) + "\n";
    }

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var listed = Listed(template);
        var all = listed.SelectMany(app => app.Value).ToList();
        var declared = code.Functions.Select(function => function.Name).ToList();
        foreach (var name in declared.Except(all))
            yield return $"functions.json: '{name}' is missing; write it anew (WRITE_DOCUMENTS=1, tests/README.md)";
        foreach (var name in all.Except(declared))
            yield return $"functions.json: the code has no function '{name}'; write it anew (WRITE_DOCUMENTS=1, tests/README.md)";
        foreach (var twice in all.GroupBy(name => name).Where(group => group.Count() > 1))
            yield return $"functions.json: '{twice.Key}' is listed twice";

        var unknown = code.Classes.Where(type => MakesHttpCalls(type) && !Callers.ContainsKey(type.Name));
        foreach (var type in unknown)
            yield return $"{type.Name} makes HTTP calls: say in FunctionsCheck whether partners choose the address";
        var calling = CallingPartners(code);
        foreach (var name in calling.Except(listed["delivery"]).Except(CallsFromApi.Keys))
            yield return $"functions.json: '{name}' calls addresses that partners choose: it belongs to delivery";
        foreach (var (name, reason) in CallsFromApi.Where(excused => !calling.Contains(excused.Key)))
            yield return $"'{name}' is excused from delivery and need not be ({reason})";
    }

    /// <summary>An app runs what its settings do not turn off.</summary>
    public static IEnumerable<string> TurnedOn(Template template, AppCode code) =>
        from deployment in template.Deployments
        from app in deployment.Apps
        let off = deployment
            .SettingsOf(app.Site)
            .Where(setting => setting.Value == "true")
            .Select(setting => setting.Key)
            .ToHashSet()
        from function in code.Functions
        let runs = !off.Contains($"AzureWebJobs.{function.Name}.Disabled")
        where runs != Listed(template)[app.App].Contains(function.Name)
        select runs
            ? $"{deployment.Name}: the app '{app.App}' must turn off '{function.Name}'"
            : $"{deployment.Name}: nothing runs '{function.Name}', which is for the app '{app.App}'";

    private static IEnumerable<string> BuiltFunctions() =>
        JsonElement
            .Parse(File.ReadAllText(Path.Combine(Repository.FunctionsOutput, "functions.metadata")))
            .EnumerateArray()
            .Select(function => function.GetProperty("name").GetString()!);

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
        || AppCode
            .CallsOf(type)
            .Any(call =>
                call
                    is "SocketsHttpHandler..ctor"
                        or "HttpClientHandler..ctor"
                        or "HttpClient..ctor"
                        or "HttpClientFactoryServiceCollectionExtensions.AddHttpClient"
            );
}
