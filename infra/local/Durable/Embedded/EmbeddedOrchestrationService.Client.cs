using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using DurableTask.Core.Query;

namespace Serverless.Local.Durable.Embedded;

/// <summary>The side that clients ask.</summary>
internal sealed partial class EmbeddedOrchestrationService
    : IOrchestrationServiceClient,
        IOrchestrationServiceQueryClient,
        IOrchestrationServicePurgeClient
{
    private const int DefaultPageSize = 100;

    public Task CreateTaskOrchestrationAsync(TaskMessage creationMessage) =>
        CreateTaskOrchestrationAsync(
            creationMessage,
            [OrchestrationStatus.Pending, OrchestrationStatus.Running, OrchestrationStatus.Suspended]
        );

    public async Task CreateTaskOrchestrationAsync(TaskMessage creationMessage, OrchestrationStatus[]? dedupeStatuses)
    {
        var start = (ExecutionStartedEvent)creationMessage.Event;
        var id = start.OrchestrationInstance.InstanceId;
        bool exists;
        Task written;
        lock (_gate)
        {
            exists =
                _instances.TryGetValue(id, out var existing)
                && dedupeStatuses?.Contains(existing.State.OrchestrationStatus) == true;
            if (exists)
            {
                written = _lastWrite;
            }
            else
            {
                var commit = Commit(new InstanceCreated(ToMessage(creationMessage, Now, start.ScheduledStartTime)));
                if (start.ScheduledStartTime is not null)
                    DeliverDue(commit.Effects);
                written = FinishAsync(commit);
            }
        }
        await written.ConfigureAwait(false);
        if (exists)
            throw new OrchestrationAlreadyExistsException(
                $"An Orchestration instance with the ID {id} already exists."
            );
    }

    public Task SendTaskOrchestrationMessageAsync(TaskMessage message) =>
        SendTaskOrchestrationMessageBatchAsync(message);

    public Task SendTaskOrchestrationMessageBatchAsync(params TaskMessage[] messages)
    {
        lock (_gate)
            return Task.WhenAll(
                messages.Select(message => FinishAsync(Commit(new MessageArrived(ToMessage(message, Now)))))
            );
    }

    public Task ForceTerminateTaskOrchestrationAsync(string instanceId, string reason) =>
        SendTaskOrchestrationMessageAsync(
            new TaskMessage
            {
                OrchestrationInstance = new OrchestrationInstance { InstanceId = instanceId },
                Event = new ExecutionTerminatedEvent(-1, reason),
            }
        );

    public async Task<OrchestrationState> WaitForOrchestrationAsync(
        string instanceId,
        string? executionId,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        Task<OrchestrationState> finished;
        Task written;
        lock (_gate)
        {
            if (!_instances.TryGetValue(instanceId, out var instance))
                return null!;
            finished = instance.IsFinished ? Task.FromResult(instance.State) : instance.Finished.Task;
            written = _lastWrite;
        }
        await written.ConfigureAwait(false);
        return await finished.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
    }

    public async Task<OrchestrationState> GetOrchestrationStateAsync(string instanceId, string? executionId)
    {
        OrchestrationState? state;
        lock (_gate)
            state = _instances.GetValueOrDefault(instanceId)?.State;
        await WrittenAsync().ConfigureAwait(false);
        return state!;
    }

    public async Task<IList<OrchestrationState>> GetOrchestrationStateAsync(string instanceId, bool allExecutions) =>
        await GetOrchestrationStateAsync(instanceId, executionId: null).ConfigureAwait(false) is { } state
            ? [state]
            : [];

    public async Task<OrchestrationQueryResult> GetOrchestrationWithQueryAsync(
        OrchestrationQuery query,
        CancellationToken cancellationToken
    )
    {
        var size = query.PageSize > 0 ? query.PageSize : DefaultPageSize;
        List<OrchestrationState> page;
        lock (_gate)
        {
            // One more than the page, to see whether there is another. The token is the last id of the page before.
            page =
            [
                .. _instances
                    .Where(pair =>
                        string.IsNullOrEmpty(query.ContinuationToken)
                        || string.CompareOrdinal(pair.Key, query.ContinuationToken) > 0
                    )
                    .Where(pair =>
                        query.InstanceIdPrefix is not { Length: > 0 } prefix
                        || pair.Key.StartsWith(prefix, StringComparison.Ordinal)
                    )
                    .Where(pair =>
                        IsMatch(pair.Value.State, query.CreatedTimeFrom, query.CreatedTimeTo, query.RuntimeStatus)
                    )
                    .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Take(size + 1)
                    .Select(pair => pair.Value.State),
            ];
        }
        await WrittenAsync().ConfigureAwait(false);
        if (page.Count <= size)
            return new OrchestrationQueryResult(page, null);
        page.RemoveAt(size);
        return new OrchestrationQueryResult(page, page[^1].OrchestrationInstance.InstanceId);
    }

    public Task<PurgeResult> PurgeInstanceStateAsync(string instanceId) =>
        PurgeAsync(instances =>
            instances.TryGetValue(instanceId, out var instance) && instance.IsFinished ? [instanceId] : []
        );

    public Task<PurgeResult> PurgeInstanceStateAsync(PurgeInstanceFilter purgeInstanceFilter) =>
        PurgeAsync(instances =>
            [
                .. instances
                    .Where(pair => pair.Value.IsFinished)
                    .Where(pair =>
                        IsMatch(
                            pair.Value.State,
                            purgeInstanceFilter.CreatedTimeFrom,
                            purgeInstanceFilter.CreatedTimeTo,
                            purgeInstanceFilter.RuntimeStatus?.ToList()
                        )
                    )
                    .Select(pair => pair.Key),
            ]
        );

    public Task<string> GetOrchestrationHistoryAsync(string instanceId, string executionId) =>
        throw new NotSupportedException("The embedded store hands out histories as events: see History.");

    public Task PurgeOrchestrationHistoryAsync(
        DateTime thresholdDateTimeUtc,
        OrchestrationStateTimeRangeFilterType timeRangeFilterType
    ) =>
        throw new NotSupportedException(
            "The embedded store keeps no history apart from its instance: purge the instance."
        );

    /// <summary>What a status page shows, the instances that changed last first.</summary>
    public IReadOnlyList<DurableInstance> Read(int max)
    {
        lock (_gate)
        {
            return
            [
                .. _instances
                    .Values.OrderByDescending(instance => instance.State.LastUpdatedTime)
                    .Take(max)
                    .Select(instance =>
                        DurableInstance.Of(instance.State) with
                        {
                            Timers =
                            [
                                .. instance.Held.Values.Select(held => new DateTimeOffset(held.Due!.Value)).Order(),
                            ],
                            Activities =
                            [
                                .. _activities
                                    .Values.Where(activity => activity.InstanceId == instance.Id)
                                    .Select(activity => ((TaskScheduledEvent)activity.Event).Name!),
                            ],
                        }
                    ),
            ];
        }
    }

    private async Task<PurgeResult> PurgeAsync(Func<Dictionary<string, Instance>, List<string>> choose)
    {
        Task purged;
        List<string> ids;
        lock (_gate)
        {
            ids = choose(_instances);
            purged = ids.Count == 0 ? _lastWrite : FinishAsync(Commit(new InstancesPurged(ids)));
        }
        await purged.ConfigureAwait(false);
        return new PurgeResult(ids.Count, isComplete: true);
    }

    private static bool IsMatch(
        OrchestrationState state,
        DateTime? from,
        DateTime? to,
        ICollection<OrchestrationStatus>? statuses
    ) =>
        (from is null || state.CreatedTime >= from)
        && (to is null || state.CreatedTime <= to)
        && (statuses is null or { Count: 0 } || statuses.Contains(state.OrchestrationStatus));
}
