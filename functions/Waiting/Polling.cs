using Microsoft.DurableTask;

namespace Serverless.Functions.Waiting;

/// <summary>How to look again and again: each pause is twice the one before, up to a longest.</summary>
internal sealed record Polling(TimeSpan FirstPause, TimeSpan LongestPause)
{
    // So many doublings pass every longest pause, and overflow nothing.
    private const int MaxDoublings = 20;

    /// <summary>The pause before a look, which are counted from 0.</summary>
    public TimeSpan PauseBefore(int look)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(look, MaxDoublings));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Lets an orchestration pause and look until there is nothing more to wait for.</summary>
    /// <param name="context">Of the orchestration.</param>
    /// <param name="deadline">After it there is no look; null: there is always another one.</param>
    /// <param name="isDone">Looks, by an activity.</param>
    /// <returns>False where the deadline came first.</returns>
    public async Task<bool> UntilAsync(TaskOrchestrationContext context, DateTime? deadline, Func<Task<bool>> isDone)
    {
        for (var look = 0; deadline is null || context.CurrentUtcDateTime < deadline; look++)
        {
            await context.CreateTimer(PauseBefore(look), CancellationToken.None);
            if (await isDone())
                return true;
        }
        return false;
    }
}
