using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>Each function of the package runs in exactly one of the two apps: functions.json lists them all.</summary>
internal static partial class FunctionsCheck
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

    public static IEnumerable<string> Problems(Template template, IReadOnlyDictionary<string, string> sources)
    {
        var listed = SettingsCheck.Functions(template);
        var declared = Declared(sources).Select(function => function.Name).ToList();
        foreach (var name in declared.Where(name => !listed.Any(app => app.Value.Contains(name))))
            yield return $"functions.json: '{name}' is missing; list it under the app that is to run it (api, unless it calls addresses that partners choose)";
        foreach (var name in listed.SelectMany(app => app.Value).Where(name => !declared.Contains(name)))
            yield return $"functions.json: the code has no function '{name}'";
        foreach (
            var twice in listed.SelectMany(app => app.Value).GroupBy(name => name).Where(group => group.Count() > 1)
        )
            yield return $"functions.json: '{twice.Key}' is listed twice";

        foreach (
            var name in sources
                .Where(source => HttpClient().IsMatch(source.Value))
                .Select(source => ClassOf(source.Key))
                .Where(name => !Callers.ContainsKey(name))
        )
            yield return $"{name} makes HTTP calls: say in FunctionsCheck whether partners choose the address";
        var calling = CallingPartners(sources);
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
    /// Functions of the code: name, file, and the queue of its trigger if it has one (as written in the source).
    /// </summary>
    public static IEnumerable<(string Name, string File, string? Queue)> Declared(
        IReadOnlyDictionary<string, string> sources
    ) =>
        from source in sources
        from Match match in Attribute().Matches(source.Value)
        let trigger = ServiceBus().Match(source.Value[match.Index..Math.Min(source.Value.Length, match.Index + 400)])
        select (
            match.Groups["name"].Success ? match.Groups["name"].Value : NameBefore(source.Value[..match.Index]),
            source.Key,
            trigger.Success ? trigger.Groups[1].Value : null
        );

    /// <summary>
    /// Functions of the classes that reach, by what their constructors take, one that calls addresses which partners
    /// choose.
    /// </summary>
    private static List<string> CallingPartners(IReadOnlyDictionary<string, string> sources)
    {
        var reached = Callers.Where(caller => caller.Value).Select(caller => caller.Key).ToHashSet();
        for (var before = 0; before != reached.Count; )
        {
            before = reached.Count;
            var takes = new Regex($@"\b(?:{string.Join('|', reached)}) \w+[,)]");
            reached.UnionWith(
                sources.Where(source => takes.IsMatch(source.Value)).Select(source => ClassOf(source.Key))
            );
        }
        return
        [
            .. Declared(sources)
                .Where(function => reached.Contains(ClassOf(function.File)))
                .Select(function => function.Name),
        ];
    }

    /// <summary>A file is named after its class.</summary>
    private static string ClassOf(string file) => Path.GetFileNameWithoutExtension(file);

    private static string NameBefore(string text) => Constant().Matches(text)[^1].Groups[1].Value;

    [GeneratedRegex("""\[Function\((?:nameof\((?<name>\w+)\)|"(?<name>\w+)"|Name)\)\]""")]
    private static partial Regex Attribute();

    [GeneratedRegex(
        @"\b(?:SocketsHttpHandler|HttpClientHandler|AddHttpClient|IHttpClientFactory)\b|new HttpClient\(|\bHttpClient \w+ = new\("
    )]
    private static partial Regex HttpClient();

    [GeneratedRegex(@"const string Name = (?:nameof\(|"")(\w+)")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\[ServiceBusTrigger\(([\w.]+)")]
    private static partial Regex ServiceBus();
}
