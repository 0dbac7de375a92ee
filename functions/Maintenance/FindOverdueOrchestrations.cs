using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Operations;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Logs orchestrations that should have ended long ago. One that waits for an event that never comes is no
/// failure to the engine; it just stays running. An alert watches for this log line.
/// </summary>
internal sealed partial class FindOverdueOrchestrations(TimeProvider time, ILogger<FindOverdueOrchestrations> logger)
    : INightlyChore
{
    /// <summary>
    /// A link lives for at most seven days, and nothing else waits longer, except for a payout, which takes as long as
    /// its rail needs.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(8);

    /// <summary>Enough to see the kind of error.</summary>
    private const int MaxReported = 20;

    public async Task DoAsync(DurableTaskClient durable, CancellationToken ct)
    {
        var query = new OrchestrationQuery
        {
            CreatedTo = time.GetUtcNow() - Longest,
            Statuses = [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running],
        };
        var reported = 0;
        await foreach (var instance in durable.GetAllInstancesAsync(query).WithCancellation(ct))
        {
            if (instance.Name == OperationFlow.Name)
                continue;
            Overdue(logger, instance.InstanceId, instance.Name, instance.CreatedAt);
            if (++reported == MaxReported)
                return;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Orchestration {Instance} ({Name}) has run since {CreatedAt}")]
    private static partial void Overdue(ILogger logger, string instance, string name, DateTimeOffset createdAt);
}
