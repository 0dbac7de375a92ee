using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Once a day: all chores, side by side. One function for all of them, because in Azure each function with a timer is
/// a group of instances of its own, of which two never stop where zones are redundant.
/// </summary>
internal sealed partial class DoNightlyChores(IEnumerable<INightlyChore> chores, ILogger<DoNightlyChores> logger)
{
    [Function(nameof(DoNightlyChores))]
    public async Task Run(
        [TimerTrigger("0 45 3 * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken ct
    )
    {
        var done = await Task.WhenAll(chores.Select(chore => DoAsync(chore, durable, ct)));
        if (done.Contains(false))
            throw new InvalidOperationException("Not every chore of the night was done; the lines before say which.");
    }

    /// <summary>One that fails keeps no other from being done.</summary>
    private async Task<bool> DoAsync(INightlyChore chore, DurableTaskClient durable, CancellationToken ct)
    {
        try
        {
            await chore.DoAsync(durable, ct);
            return true;
        }
        catch (Exception ex) when (!ct.IsCancellationRequested)
        {
            Failed(logger, ex, chore.GetType().Name);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The nightly chore {Chore} failed; it is done again tomorrow")]
    private static partial void Failed(ILogger logger, Exception exception, string chore);
}
