using System.Collections.Immutable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable;

/// <summary>The client of the engine in this process.</summary>
internal sealed class LocalDurableTaskClient(DurableEngine engine, DataConverter converter) : DurableTaskClient("local")
{
    /// <summary>What the Functions host refuses unless told otherwise: a new instance never ends a living one.</summary>
    private static readonly OrchestrationRuntimeStatus[] Living =
        [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        cancellation.ThrowIfCancellationRequested();
        var instanceId = string.IsNullOrEmpty(options?.InstanceId) ? Guid.NewGuid().ToString("N") : options.InstanceId;
        await engine.StartInstanceAsync(
            instanceId,
            orchestratorName.Name,
            options?.Version?.Version,
            converter.Serialize(input),
            options?.StartAt,
            [.. options?.Tags ?? ImmutableDictionary<string, string>.Empty],
            Refusing(options?.DedupeStatuses)).ConfigureAwait(false);
        return instanceId;
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        cancellation.ThrowIfCancellationRequested();
        return engine.RaiseEventAsync(instanceId, eventName, converter.Serialize(eventPayload));
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return engine.WhenAsync(
            instanceId,
            instance => instance.Status == OrchestrationRuntimeStatus.Pending ? null : Describe(instance, getInputsAndOutputs),
            cancellation);
    }

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        return engine.WhenAsync(instanceId, instance => instance.IsFinished ? Describe(instance, getInputsAndOutputs) : null, cancellation);
    }

    public override Task TerminateInstanceAsync(string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return engine.TerminateAsync(instanceId, converter.Serialize(options?.Output), options?.Recursive ?? false);
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return engine.SuspendAsync(instanceId, suspended: true);
    }

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return engine.SuspendAsync(instanceId, suspended: false);
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return engine.ReadAsync(instanceId, instance => Describe(instance, getInputsAndOutputs));
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var query = filter ?? new OrchestrationQuery();
        return Pageable.Create<OrchestrationMetadata>(async (continuation, size, cancellation) =>
        {
            cancellation.ThrowIfCancellationRequested();
            var count = size ?? query.PageSize;
            var values = await engine.ListAsync(
                instance => Fits(instance, query.CreatedFrom, query.CreatedTo, query.Statuses)
                    && instance.Id.StartsWith(query.InstanceIdPrefix ?? string.Empty, StringComparison.Ordinal),
                continuation ?? query.ContinuationToken,
                count,
                instance => Describe(instance, query.FetchInputsAndOutputs)).ConfigureAwait(false);
            return new Page<OrchestrationMetadata>(values, values.Count < count ? null : values[^1].InstanceId);
        });
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return new PurgeResult(await engine.PurgeAsync(instanceId, options?.Recursive ?? false).ConfigureAwait(false), isComplete: true);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        cancellation.ThrowIfCancellationRequested();
        var purged = await engine.PurgeAsync(
            instance => Fits(instance, filter.CreatedFrom, filter.CreatedTo, filter.Statuses), options?.Recursive ?? false).ConfigureAwait(false);
        return new PurgeResult(purged, isComplete: true);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool Fits(
        Instance instance, DateTimeOffset? createdFrom, DateTimeOffset? createdTo, IEnumerable<OrchestrationRuntimeStatus>? statuses) =>
        (createdFrom is null || instance.CreatedAt >= createdFrom.Value.UtcTicks)
        && (createdTo is null || instance.CreatedAt <= createdTo.Value.UtcTicks)
        && (statuses is null || statuses.Contains(instance.VisibleStatus));

    private static OrchestrationRuntimeStatus[] Refusing(IReadOnlyList<string>? names)
    {
        if (names is null)
            return Living;
        var statuses = names.Select(name => Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status)
                && StartOrchestrationOptionsExtensions.ValidDedupeStatuses.Contains(status)
            ? status
            : throw new ArgumentException($"'{name}' is not a status that can refuse a new instance.")).ToArray();

        // To replace a living instance is to terminate it first: refusing a terminated one would then refuse every replacement.
        if (statuses.Contains(OrchestrationRuntimeStatus.Terminated) && Array.Exists(Living, status => !statuses.Contains(status)))
            throw new ArgumentException(
                "Dedupe statuses with Terminated must also hold Pending, Running and Suspended: a living instance would be terminated to make room, and then refuse.");
        return statuses;
    }

    private OrchestrationMetadata Describe(Instance instance, bool withData) => new(instance.Name, instance.Id)
    {
        RuntimeStatus = instance.VisibleStatus,
        CreatedAt = new DateTimeOffset(instance.CreatedAt, TimeSpan.Zero),
        LastUpdatedAt = new DateTimeOffset(instance.UpdatedAt, TimeSpan.Zero),
        Tags = instance.Tags.ToImmutableDictionary(),
        DataConverter = withData ? converter : null,
        SerializedInput = withData ? instance.Input : null,
        SerializedOutput = withData ? instance.Output : null,
        SerializedCustomStatus = withData ? instance.CustomStatus : null,
        FailureDetails = withData ? instance.Failure : null,
    };
}
