using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Maintenance;

/// <summary>
/// Once a day: purges the history of orchestrations that ended more than a week ago. The tables keep the results.
/// </summary>
internal sealed class PurgeFinishedOrchestrations(TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    [Function(nameof(PurgeFinishedOrchestrations))]
    public Task Run(
        [TimerTrigger("0 30 3 * * *")] TimerInfo timer,
        [DurableClient] DurableTaskClient durable,
        CancellationToken ct
    ) =>
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
