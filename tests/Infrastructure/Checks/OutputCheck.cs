using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// The app as it is built or published holds what Functions hosts look for: metadata of exactly the functions of
/// functions.json with bindings that fit, the host's extensions, the worker's description, host.json.
/// </summary>
internal static class OutputCheck
{
    private static readonly string[] NoTrigger = ["http", "durableClient"];
    private static readonly string[] Triggers = ["activity", "http", "orchestration", "serviceBus", "timer"];

    /// <summary>What a binding of a type says at a member.</summary>
    private static readonly (
        string Type,
        string Member,
        Func<Resource, string, bool> Holds,
        string Otherwise
    )[] Rules =
    [
        ("httpTrigger", "route", (_, route) => route.Length > 0, "it has no route"),
        (
            "httpTrigger",
            "authLevel",
            (trigger, level) => level == (IsForOperators(trigger) ? "Function" : "Anonymous"),
            "it asks for the wrong key level"
        ),
        ("serviceBusTrigger", "connection", (_, name) => name == "ServiceBusConnection", "another connection"),
        (
            "serviceBusTrigger",
            "properties.supportsDeferredBinding",
            (_, value) => value == "True",
            "the host would not hand the message over as a whole"
        ),
        ("timerTrigger", "schedule", (_, schedule) => schedule.Length > 0, "it has no schedule"),
    ];

    /// <param name="folder">The output.</param>
    /// <param name="serviceBus">Whether it was built with the real Service Bus extension.</param>
    /// <param name="published">Whether it is to be deployed: then nothing of a local run may be in it.</param>
    public static IEnumerable<string> Problems(string folder, bool serviceBus, bool published)
    {
        if (!Directory.Exists(folder))
            return [$"{folder} is not there"];
        string TextOf(string name) =>
            File.Exists(Path.Combine(folder, name)) ? File.ReadAllText(Path.Combine(folder, name)) : "{}";
        bool Has(string name) => File.Exists(Path.Combine(folder, name));
        string[] local = published ? ["Serverless.Local", "local.settings"] : ["Serverless.Local"];
        var metadata = TextOf("functions.metadata");
        return OfFunctions(
                Resource.Parse($$"""{"all":{{(metadata == "{}" ? "[]" : metadata)}}}""").List("all").ToList(),
                Has
            )
            .Concat(OfExtensions(Resource.Parse(TextOf("extensions.json")), Has, serviceBus))
            .Concat(OfWorker(Resource.Parse(TextOf("worker.config.json")), Has))
            .Concat(
                TextOf("host.json") == Repository.Read("host.json") ? [] : ["host.json is not that of the repository"]
            )
            .Concat(
                from path in Directory.EnumerateFiles(folder)
                where local.Any(start => Path.GetFileName(path).Begins(start))
                select $"{path} is part of it"
            );
    }

    private static IEnumerable<string> OfFunctions(List<Resource> built, Func<string, bool> has)
    {
        var listed = FunctionsCheck.Listed(Template.Current);
        var names = built.Select(function => function.Name).ToList();
        var all = listed.SelectMany(app => app.Value).ToList();
        foreach (var name in all.Except(names).Concat(names.Except(all)))
            yield return $"{name} stands in one of functions.json and functions.metadata, and not in the other";
        foreach (var function in built)
        {
            if (!has(function.Text("scriptFile")))
                yield return $"{function.Name}: there is no {function.Text("scriptFile")}";
            var bindings = function.List("bindings").ToList();
            var triggers = bindings.Where(binding => !NoTrigger.Contains(binding.Type)).ToList();
            if (triggers is not [{ Type: var type } trigger] || !Triggers.Any(name => type == $"{name}Trigger"))
            {
                yield return $"{function.Name} has {triggers.Count} triggers: {string.Join(", ", triggers.Select(one => one.Type))}";
                continue;
            }
            foreach (
                var (_, member, _, otherwise) in Rules.Where(rule =>
                    rule.Type == type && !rule.Holds(trigger, trigger.Text(rule.Member))
                )
            )
                yield return $"{function.Name}: {member} is '{trigger.Text(member)}': {otherwise}";
            if (type == "httpTrigger" && !bindings.Any(one => one.Type == "http" && one.Text("direction") == "Out"))
                yield return $"{function.Name}: its answer is no HTTP answer";
            var queue = trigger.Text("queueName");
            var app = listed.FirstOrDefault(app => app.Value.Contains(function.Name)).Key;
            if (type == "serviceBusTrigger" && queue != (app == "delivery" ? "webhooks" : "events"))
                yield return $"{function.Name}: the queue '{queue}' is not for the app '{app}'";
        }
    }

    private static bool IsForOperators(Resource trigger) => trigger.Text("route").Begins("operator/");

    private static IEnumerable<string> OfExtensions(Resource file, Func<string, bool> has, bool serviceBus)
    {
        var types = string.Join('\n', file.List("extensions").Select(extension => extension.Text("typeName")));
        string[] needed = serviceBus ? ["DurableTask", "ServiceBus"] : ["DurableTask"];
        foreach (var name in needed.Where(name => !types.Has($", Microsoft.Azure.WebJobs.Extensions.{name}, ")))
            yield return $"extensions.json: the host would not load {name}";
        foreach (var path in file.List("extensions").Select(extension => extension.Text("hintPath")))
        {
            if (!path.Begins("./.azurefunctions/") || !has(path))
                yield return $"extensions.json: there is no {path}";
        }
    }

    private static IEnumerable<string> OfWorker(Resource file, Func<string, bool> has)
    {
        if (file.Text("description.language") != "dotnet-isolated")
            yield return "worker.config.json: it describes no dotnet-isolated worker";
        else if (!has(file.Text("description.defaultWorkerPath")))
            yield return $"worker.config.json: there is no {file.Text("description.defaultWorkerPath")}";
    }
}
