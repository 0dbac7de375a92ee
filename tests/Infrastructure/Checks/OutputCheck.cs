using System.Text.Json;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// The app as it is built or published holds what Functions hosts look for: metadata of exactly the functions of
/// functions.json with bindings that fit, the host's extensions, the worker's description, host.json.
/// </summary>
internal static class OutputCheck
{
    private static readonly string[] Triggers =
    [
        "activityTrigger",
        "httpTrigger",
        "orchestrationTrigger",
        "serviceBusTrigger",
        "timerTrigger",
    ];

    /// <param name="folder">The output.</param>
    /// <param name="serviceBus">Whether it was built with the real Service Bus extension.</param>
    /// <param name="published">Whether it is to be deployed: then nothing of a local run may be in it.</param>
    public static IEnumerable<string> Problems(string folder, bool serviceBus, bool published)
    {
        if (!Directory.Exists(folder))
            return [$"{folder} is not there"];
        var problems = new List<string>();
        problems.AddRange(FunctionProblems(folder));
        problems.AddRange(ExtensionProblems(folder, serviceBus));
        problems.AddRange(WorkerProblems(folder));
        var host = Path.Combine(folder, "host.json");
        var expected = File.ReadAllText(Path.Combine(Repository.Root, "host.json"));
        if (!File.Exists(host) || File.ReadAllText(host) != expected)
            problems.Add("host.json is not that of the repository");
        string[] local = published ? ["Serverless.Local", "local.settings"] : ["Serverless.Local"];
        problems.AddRange(
            from path in Directory.EnumerateFiles(folder)
            let name = Path.GetFileName(path)
            where local.Any(start => name.StartsWith(start, StringComparison.Ordinal))
            select $"{name} is part of it"
        );
        return problems;
    }

    private static IEnumerable<string> FunctionProblems(string folder)
    {
        if (Read(folder, "functions.metadata") is not { } metadata)
        {
            yield return "functions.metadata is not there";
            yield break;
        }
        using var lists = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Azure, "functions.json")));
        using var queues = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "queues.json")));
        var queueNames = queues.RootElement.EnumerateArray().Select(queue => Text(queue, "name")).ToHashSet();
        var listed = lists
            .RootElement.EnumerateObject()
            .SelectMany(app => app.Value.EnumerateArray().Select(name => (App: app.Name, Name: name.GetString()!)))
            .ToDictionary(item => item.Name, item => item.App);
        var built = metadata.EnumerateArray().ToDictionary(function => function.GetProperty("name").GetString()!);
        foreach (var name in listed.Keys.Except(built.Keys))
            yield return $"{name} of functions.json is not in functions.metadata";
        foreach (var name in built.Keys.Except(listed.Keys))
            yield return $"{name} of functions.metadata is not in functions.json";
        foreach (var (name, function) in built)
        {
            if (!File.Exists(Path.Combine(folder, function.GetProperty("scriptFile").GetString()!)))
                yield return $"{name}: there is no {function.GetProperty("scriptFile")}";
            var bindings = function.GetProperty("bindings").EnumerateArray().ToList();
            var triggers = bindings.Where(binding => Triggers.Contains(Text(binding, "type"))).ToList();
            if (triggers is not [var trigger])
            {
                yield return $"{name} has {triggers.Count} triggers";
                continue;
            }
            foreach (var problem in TriggerProblems(trigger, bindings, queueNames, listed.GetValueOrDefault(name)))
                yield return $"{name}: {problem}";
        }
    }

    private static IEnumerable<string> TriggerProblems(
        JsonElement trigger,
        List<JsonElement> bindings,
        HashSet<string> queues,
        string? app
    )
    {
        switch (Text(trigger, "type"))
        {
            case "httpTrigger":
                var forOperators = Text(trigger, "route").StartsWith("operator/", StringComparison.Ordinal);
                var level = Text(trigger, "authLevel");
                if (level != (forOperators ? "Function" : "Anonymous"))
                    yield return $"its route '{Text(trigger, "route")}' asks for the key level '{level}'";
                if (Text(trigger, "route").Length == 0)
                    yield return "it has no route";
                if (!bindings.Any(binding => Text(binding, "type") == "http" && Text(binding, "direction") == "Out"))
                    yield return "its answer is no HTTP answer";
                break;
            case "serviceBusTrigger":
                if (!queues.Contains(Text(trigger, "queueName")))
                    yield return $"there is no queue '{Text(trigger, "queueName")}'";
                if (Text(trigger, "connection") != "ServiceBusConnection")
                    yield return $"its connection is '{Text(trigger, "connection")}'";
                if ((Text(trigger, "queueName") == "webhooks") != (app == "delivery"))
                    yield return $"the queue '{Text(trigger, "queueName")}' is not for the app '{app}'";
                if (Text(trigger.GetProperty("properties"), "supportsDeferredBinding") != "True")
                    yield return "the host would not hand the message over as a whole";
                break;
            case "timerTrigger" when Text(trigger, "schedule").Length == 0:
                yield return "it has no schedule";
                break;
        }
        foreach (var type in bindings.Select(binding => Text(binding, "type")))
        {
            if (type is not ("http" or "durableClient") && !Triggers.Contains(type))
                yield return $"no extension is there for its binding '{type}'";
        }
    }

    private static IEnumerable<string> ExtensionProblems(string folder, bool serviceBus)
    {
        if (Read(folder, "extensions.json") is not { } json)
        {
            yield return "extensions.json is not there";
            yield break;
        }
        var extensions = json.GetProperty("extensions").EnumerateArray().ToList();
        var types = string.Join('\n', extensions.Select(extension => Text(extension, "typeName")));
        var needed = new List<string> { "Microsoft.Azure.WebJobs.Extensions.DurableTask" };
        if (serviceBus)
            needed.Add("Microsoft.Azure.WebJobs.Extensions.ServiceBus");
        foreach (var name in needed.Where(name => !types.Contains($", {name}, ", StringComparison.Ordinal)))
            yield return $"extensions.json: the host would not load {name}";
        foreach (var path in extensions.Select(extension => Text(extension, "hintPath")))
        {
            if (
                !path.StartsWith("./.azurefunctions/", StringComparison.Ordinal)
                || !File.Exists(Path.Combine(folder, path))
            )
                yield return $"extensions.json: there is no {path}";
        }
    }

    private static IEnumerable<string> WorkerProblems(string folder)
    {
        if (Read(folder, "worker.config.json") is not { } json)
        {
            yield return "worker.config.json is not there";
            yield break;
        }
        var worker = json.GetProperty("description");
        if (Text(worker, "language") != "dotnet-isolated")
            yield return $"worker.config.json: the language is '{Text(worker, "language")}'";
        if (!File.Exists(Path.Combine(folder, Text(worker, "defaultWorkerPath"))))
            yield return $"worker.config.json: there is no {Text(worker, "defaultWorkerPath")}";
    }

    private static JsonElement? Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonElement.Parse(File.ReadAllText(path)) : null;
    }

    private static string Text(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
