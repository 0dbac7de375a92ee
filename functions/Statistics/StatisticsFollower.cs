using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;

namespace Serverless.Functions.Statistics;

/// <summary>Counts the events of links and data requests.</summary>
internal sealed class StatisticsFollower(Tally tally) : IEventFollower
{
    public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct) =>
        Measures.Of(happened) is { Count: > 0 } measures
            ? tally.CountAsync(new Occurrence(happened.Partner, happened.Id.Text, happened.Id.Time, measures), ct)
            : Task.CompletedTask;
}
