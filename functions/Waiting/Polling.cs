using Microsoft.DurableTask;

namespace Serverless.Functions.Waiting;

/// <summary>How an orchestration asks again and again: each pause is twice the one before, up to a longest.</summary>
internal sealed record Polling(TimeSpan FirstPause, TimeSpan LongestPause)
{
    /// <summary>Pauses and asks until the answer is yes.</summary>
    /// <param name="context">Of the orchestration.</param>
    /// <param name="deadline">After it nothing is asked; null: ask for ever.</param>
    /// <param name="isDone">Asks, by an activity: there is nothing more to wait for.</param>
    /// <returns>False where the deadline came first.</returns>
    public async Task<bool> UntilAsync(TaskOrchestrationContext context, DateTime? deadline, Func<Task<bool>> isDone)
    {
        for (var pause = FirstPause; !(context.CurrentUtcDateTime >= deadline); pause = After(pause))
        {
            await context.CreateTimer(pause, CancellationToken.None);
            if (await isDone())
                return true;
        }
        return false;
    }

    private TimeSpan After(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;
}
