using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Serverless.BenchmarkApp;

/// <summary>Orchestrations to measure the engine with.</summary>
public static class Flows
{
    public const int WaitDays = 2;

    /// <summary>One activity and one timer that is due at once.</summary>
    [Function(nameof(ShortFlow))]
    public static async Task<int> ShortFlow([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var doubled = await context.CallActivityAsync<int>(nameof(Twice), context.GetInput<int>());
        await context.CreateTimer(context.CurrentUtcDateTime, CancellationToken.None);
        return doubled;
    }

    /// <summary>Waits for days.</summary>
    [Function(nameof(LongWait))]
    public static Task LongWait([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CreateTimer(context.CurrentUtcDateTime.AddDays(WaitDays), CancellationToken.None);

    /// <summary>As many activities as its input says, all at once.</summary>
    [Function(nameof(Wide))]
    public static Task Wide([OrchestrationTrigger] TaskOrchestrationContext context) =>
        Task.WhenAll(
            Enumerable.Range(0, context.GetInput<int>()).Select(i => context.CallActivityAsync<int>(nameof(Twice), i))
        );

    /// <summary>The smallest activity.</summary>
    [Function(nameof(Twice))]
    public static int Twice([ActivityTrigger] int number) => 2 * number;
}
