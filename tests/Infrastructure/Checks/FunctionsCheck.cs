using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>Each function of the package runs in exactly one of the two apps: functions.json lists them all.</summary>
internal static class FunctionsCheck
{
    private const string Tests =
        "a partner's own request under /partner, which the api's host name answers; NetworkCheck sees to it that it leaves as deliveries do";

    /// <summary>Functions that call addresses which partners choose, and run in the api all the same: why.</summary>
    private static readonly Dictionary<string, string> CallsFromApi = new()
    {
        ["TestWebhookEndpoint"] = Tests,
        ["ProbeWebhookEndpoint"] = Tests,
    };

    /// <summary>Who makes HTTP calls of its own, and whether partners choose the address.</summary>
    private static readonly Dictionary<string, bool> Callers = new()
    {
        ["WebhookSender"] = true,
        ["SumsubKycProvider"] = false,
    };

    public static IEnumerable<string> Problems(Template template, AppCode code)
    {
        var listed = SettingsCheck.Functions(template);
        var declared = code.Functions.Select(function => function.Name).ToList();
        foreach (var name in declared.Where(name => !listed.Any(app => app.Value.Contains(name))))
            yield return $"functions.json: '{name}' is missing; list it under the app that is to run it (api, unless it calls addresses that partners choose)";
        foreach (var name in listed.SelectMany(app => app.Value).Where(name => !declared.Contains(name)))
            yield return $"functions.json: the code has no function '{name}'";
        foreach (
            var twice in listed.SelectMany(app => app.Value).GroupBy(name => name).Where(group => group.Count() > 1)
        )
            yield return $"functions.json: '{twice.Key}' is listed twice";

        foreach (
            var name in code
                .Classes.Where(MakesHttpCalls)
                .Select(type => type.Name)
                .Where(name => !Callers.ContainsKey(name))
        )
            yield return $"{name} makes HTTP calls: say in FunctionsCheck whether partners choose the address";
        var calling = CallingPartners(code);
        foreach (
            var name in calling.Where(name => !listed["delivery"].Contains(name) && !CallsFromApi.ContainsKey(name))
        )
            yield return $"functions.json: '{name}' calls addresses that partners choose: it belongs to delivery";
        foreach (
            var (name, reason) in CallsFromApi.Where(excused =>
                !calling.Contains(excused.Key) || !listed["api"].Contains(excused.Key)
            )
        )
            yield return $"'{name}' is excused from delivery and need not be ({reason})";

        // An app runs what its disabledFunctions do not name.
        foreach (var (app, other) in new[] { ("api", "delivery"), ("delivery", "api") })
        {
            var module = template.Main.Modules.Find(module => module.Symbol == app);
            if (
                module?.Body["params"]?["disabledFunctions"] is not { Type: "member_expression" } member
                || member.Parts[1].Text != other
            )
                yield return $"main.bicep: the app '{app}' must turn off functions.{other}";
        }
        var off = template
            .Files["modules/app.bicep"]
            .Tree.All.Where(node => node.Type == "call_expression" && node.With("function")?.Text == "toObject")
            .Select(node => node.With("arguments")!)
            .ToList();
        if (
            off is not [{ Parts: [{ Text: "disabledFunctions" }, ..] } arguments]
            || !arguments
                .All.Where(node => node.Type == "string_content")
                .Select(node => node.Text)
                .SequenceEqual(["AzureWebJobs.", ".Disabled", "true"])
        )
            yield return "modules/app.bicep: each of disabledFunctions must become a setting AzureWebJobs.<function>.Disabled";
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
