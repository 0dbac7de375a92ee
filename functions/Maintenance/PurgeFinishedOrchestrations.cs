using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Purges the history of orchestrations that ended more than a week ago. The tables keep the results.
/// </summary>
internal sealed class PurgeFinishedOrchestrations(TimeProvider time) : INightlyChore
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    public Task DoAsync(DurableTaskClient durable, CancellationToken ct) =>
        durable.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(
                CreatedTo: time.GetUtcNow() - Kept,
                Statuses:
                [
                    OrchestrationRuntimeStatus.Completed,
                    OrchestrationRuntimeStatus.Failed,
                    OrchestrationRuntimeStatus.Terminated,
                ]
            ),
            cancellation: ct
        );
}
