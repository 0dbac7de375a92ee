using System.Text.Json;
using Serverless.Infrastructure.Bicep;

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
        var expected = Repository.Read("host.json");
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
        var listed = FunctionsCheck
            .Listed(Template.Current)
            .SelectMany(app => app.Value.Select(name => (App: app.Key, Name: name)))
            .ToDictionary(item => item.Name, item => item.App);
        var built = Read(folder, "functions.metadata")
            ?.Json.EnumerateArray()
            .Select(json => new Resource(json))
            .ToList();
        if (built is null)
        {
            yield return "functions.metadata is not there";
            yield break;
        }
        var names = built.Select(function => function.Name).ToList();
        foreach (var name in listed.Keys.Except(names))
            yield return $"{name} of functions.json is not in functions.metadata";
        foreach (var name in names.Except(listed.Keys))
            yield return $"{name} of functions.metadata is not in functions.json";
        foreach (var function in built)
        {
            if (!File.Exists(Path.Combine(folder, function.Text("scriptFile"))))
                yield return $"{function.Name}: there is no {function.Text("scriptFile")}";
            var bindings = function.List("bindings").Select(json => new Resource(json)).ToList();
            var triggers = bindings.Where(binding => Triggers.Contains(binding.Type)).ToList();
            if (triggers is not [var trigger])
                yield return $"{function.Name} has {triggers.Count} triggers";
            else
            {
                var app = listed.GetValueOrDefault(function.Name);
                foreach (var problem in TriggerProblems(trigger, bindings, app))
                    yield return $"{function.Name}: {problem}";
            }
        }
    }

    private static IEnumerable<string> TriggerProblems(Resource trigger, List<Resource> bindings, string? app)
    {
        var (route, queue) = (trigger.Text("route"), trigger.Text("queueName"));
        switch (trigger.Type)
        {
            case "httpTrigger":
                var forOperators = route.StartsWith("operator/", StringComparison.Ordinal);
                if (trigger.Text("authLevel") != (forOperators ? "Function" : "Anonymous"))
                    yield return $"its route '{route}' asks for the key level '{trigger.Text("authLevel")}'";
                if (route.Length == 0)
                    yield return "it has no route";
                if (!bindings.Any(binding => binding.Type == "http" && binding.Text("direction") == "Out"))
                    yield return "its answer is no HTTP answer";
                break;
            case "serviceBusTrigger":
                if (!QueuesCheck.NamesOf(Template.Current).Contains(queue))
                    yield return $"there is no queue '{queue}'";
                if (trigger.Text("connection") != "ServiceBusConnection")
                    yield return $"its connection is '{trigger.Text("connection")}'";
                if ((queue == "webhooks") != (app == "delivery"))
                    yield return $"the queue '{queue}' is not for the app '{app}'";
                if (trigger.Text("properties.supportsDeferredBinding") != "True")
                    yield return "the host would not hand the message over as a whole";
                break;
            case "timerTrigger" when trigger.Text("schedule").Length == 0:
                yield return "it has no schedule";
                break;
        }
        foreach (
            var type in bindings.Select(binding => binding.Type).Except(Triggers).Except(["http", "durableClient"])
        )
            yield return $"no extension is there for its binding '{type}'";
    }

    private static IEnumerable<string> ExtensionProblems(string folder, bool serviceBus)
    {
        var extensions =
            Read(folder, "extensions.json")?.List("extensions").Select(json => new Resource(json)).ToList() ?? [];
        var types = string.Join('\n', extensions.Select(extension => extension.Text("typeName")));
        foreach (var name in new[] { "DurableTask", "ServiceBus" }.Where(name => serviceBus || name != "ServiceBus"))
        {
            if (!types.Contains($", Microsoft.Azure.WebJobs.Extensions.{name}, ", StringComparison.Ordinal))
                yield return $"extensions.json: the host would not load {name}";
        }
        foreach (var path in extensions.Select(extension => extension.Text("hintPath")))
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
        var worker = Read(folder, "worker.config.json");
        if (worker?.Text("description.language") != "dotnet-isolated")
            yield return "worker.config.json: it describes no dotnet-isolated worker";
        else if (!File.Exists(Path.Combine(folder, worker.Text("description.defaultWorkerPath"))))
            yield return $"worker.config.json: there is no {worker.Text("description.defaultWorkerPath")}";
    }

    private static Resource? Read(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? new(JsonElement.Parse(File.ReadAllText(path))) : null;
    }
}
