using Microsoft.DurableTask.Client;

namespace Serverless.Functions.Maintenance;

/// <summary>Something that is done once a day, and again the day after if it failed.</summary>
internal interface INightlyChore
{
    Task DoAsync(DurableTaskClient durable, CancellationToken ct);
}
