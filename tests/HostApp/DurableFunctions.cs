using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.HostApp;

/// <summary>An orchestration that a request starts, with an activity that a kill interrupts.</summary>
public sealed class DurableFunctions(Notes notes)
{
    [Function("StartOrchestration")]
    public static async Task<IResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "orchestrations/{key}")] HttpRequest request,
        string key,
        [DurableClient] DurableTaskClient client
    )
    {
        await client.ScheduleNewOrchestrationInstanceAsync(
            nameof(Interrupted),
            key,
            new StartOrchestrationOptions(key),
            request.HttpContext.RequestAborted
        );
        return Results.Accepted();
    }

    [Function("ReadOrchestration")]
    public static async Task<IResult> Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "orchestrations/{key}")] HttpRequest request,
        string key,
        [DurableClient] DurableTaskClient client
    )
    {
        var instance = await client.GetInstanceAsync(
            key,
            getInputsAndOutputs: true,
            request.HttpContext.RequestAborted
        );
        return Results.Text($"{instance?.RuntimeStatus} {instance?.SerializedOutput}");
    }

    [Function(nameof(Interrupted))]
    public static async Task<string> Interrupted([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<string>(nameof(Interruptible), context.GetInput<string>());

    /// <summary>Never ends the first time; after that at once.</summary>
    [Function(nameof(Interruptible))]
    public async Task<string> Interruptible([ActivityTrigger] string key)
    {
        var again = notes.Count($"activity {key} began") > 0;
        notes.Add($"activity {key} began");
        if (!again)
            await Task.Delay(Timeout.InfiniteTimeSpan);
        return "done";
    }
}
