using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Serverless.DurableApp;

/// <summary>Orchestrators that do a little of everything, for tests in which the host dies.</summary>
public static class CrashOrchestrators
{
    private const int Rounds = 4;

    [Function("Script")]
    public static async Task<string?> Script([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var round = context.GetInput<int>();
        var id = context.InstanceId;
        var first = await NoteAsync(context, $"{id}:a-{round}");
        await context.WaitForExternalEvent<string>("go");
        context.SetCustomStatus($"round {round}");
        var both = await Task.WhenAll(NoteAsync(context, $"{id}:b-{round}"), NoteAsync(context, $"{id}:c-{round}"));
        await context.CreateTimer(TimeSpan.FromDays(4), CancellationToken.None);
        var last = await NoteAsync(context, $"{id}:d-{round}");
        var child = await context.CallSubOrchestratorAsync<string>(
            "ScriptChild",
            round,
            new SubOrchestrationOptions(instanceId: $"{id}-child-{round}")
        );
        if (round == 1)
        {
            context.ContinueAsNew(2);
            return null;
        }
        context.SendEvent(
            id + "-listener",
            "news",
            $"round {round}: {first} {both[0]} {both[1]} {last} {child}".Replace(id + ":", "", StringComparison.Ordinal)
        );
        return "ended";
    }

    [Function("ScriptChild")]
    public static async Task<string> ScriptChild([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await NoteAsync(context, $"{context.InstanceId.Split("-child")[0]}:child-{context.GetInput<int>()}");

    /// <summary>Runs through two generations without help from outside.</summary>
    [Function("Load")]
    public static async Task<string?> Load([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var (id, round) = (context.InstanceId, context.GetInput<int>());
        var first = await NoteAsync(context, $"{id}:a-{round}");
        var both = await Task.WhenAll(NoteAsync(context, $"{id}:b-{round}"), NoteAsync(context, $"{id}:c-{round}"));
        await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        var child = await context.CallSubOrchestratorAsync<string>(
            "ScriptChild",
            round,
            new SubOrchestrationOptions(instanceId: $"{id}-child-{round}")
        );
        if (round == 1)
        {
            context.ContinueAsNew(2);
            return null;
        }
        return $"{first} {both[0]} {both[1]} {child}".Replace(id + ":", "", StringComparison.Ordinal);
    }

    /// <summary>In each round the next number or the round's deadline, whichever is first.</summary>
    [Function("Rounds")]
    public static async Task<List<int>> RunRounds([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var start = context.GetInput<DateTime>();
        var sums = new List<int> { 0 };
        for (var round = 1; round <= Rounds; round++)
        {
            using var noLongerNeeded = new CancellationTokenSource();
            var number = context.WaitForExternalEvent<int>("number", noLongerNeeded.Token);
            var deadline = context.CreateTimer(start.AddHours(round * 10), noLongerNeeded.Token);
            var isNumber = await Task.WhenAny(number, deadline) == number;
            noLongerNeeded.Cancel();
            sums.Add(await context.CallActivityAsync<int>("Sum", new[] { sums[^1], isNumber ? await number : 1000 }));
        }
        return sums;
    }

    private static Task<string> NoteAsync(TaskOrchestrationContext context, string text) =>
        context.CallActivityAsync<string>("Note", text);
}
