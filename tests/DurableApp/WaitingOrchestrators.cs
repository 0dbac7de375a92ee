using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Serverless.DurableApp;

/// <summary>Orchestrators that wait for time or for an event.</summary>
public static class WaitingOrchestrators
{
    [Function("Sleep")]
    public static async Task<DateTime[]> Sleep([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var before = context.CurrentUtcDateTime;
        await context.CreateTimer(context.GetInput<TimeSpan>(), CancellationToken.None);
        return [before, context.CurrentUtcDateTime];
    }

    [Function("Listener")]
    public static async Task<string> Listener([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("listening");
        return await context.WaitForExternalEvent<string>("news");
    }

    [Function("Two")]
    public static async Task<int> Two([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var first = await context.WaitForExternalEvent<int>("first");
        return first + await context.WaitForExternalEvent<int>("second");
    }

    [Function("EventOrTimeout")]
    public static async Task<string> EventOrTimeout([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        using var noLongerNeeded = new CancellationTokenSource();
        var timeout = context.CreateTimer(TimeSpan.FromHours(1), noLongerNeeded.Token);
        var arrived = context.WaitForExternalEvent<string>("news");
        if (await Task.WhenAny(arrived, timeout) == timeout)
            return "timeout";
        noLongerNeeded.Cancel();
        return "event " + await arrived;
    }

    [Function("LateListener")]
    public static async Task<string> LateListener([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CreateTimer(TimeSpan.FromHours(2), CancellationToken.None);
        return await context.WaitForExternalEvent<string>("news");
    }

    [Function("Counter")]
    public static async Task<int> Counter([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var count = context.GetInput<int>();
        var added = await context.WaitForExternalEvent<int>("add");
        if (count + added >= 6)
            return count + added;
        context.ContinueAsNew(count + added, preserveUnprocessedEvents: true);
        return 0;
    }

    /// <summary>Goes into a new generation while a timer of the old one is open.</summary>
    [Function("Generations")]
    public static async Task<string> Generations([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var generation = context.GetInput<int>();
        if (generation == 2)
            return "second";
        _ = context.CreateTimer(TimeSpan.FromSeconds(3), CancellationToken.None);
        await context.CallActivityAsync<int>("Increment", 1);
        context.ContinueAsNew(2);
        return "";
    }

    [Function("Holding")]
    public static async Task<string> Holding([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<string>("Hold", context.InstanceId);
}
