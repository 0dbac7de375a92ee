using DurableTask.Core.Exceptions;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Durable;

/// <summary>What the client asks for.</summary>
internal sealed partial class DurableEngine
{
    public Task StartInstanceAsync(
        string instanceId,
        string name,
        string? version,
        string? input,
        DateTimeOffset? startAt,
        IReadOnlyCollection<KeyValuePair<string, string>> tags,
        IReadOnlyCollection<OrchestrationRuntimeStatus> refusing)
    {
        var record = new InstanceStarted(Now, instanceId, _store.NextGeneration(), name, version, input, startAt?.UtcTicks, tags);
        record.Encode();
        lock (_lock)
        {
            if (_store.TryGet(instanceId, out var existing) && refusing.Contains(existing.VisibleStatus))
                throw new OrchestrationAlreadyExistsException(
                    $"An orchestration with the instance id '{instanceId}' already exists and is {existing.VisibleStatus}.");
            return Commit(record);
        }
    }

    public Task RaiseEventAsync(string instanceId, string name, string? payload)
    {
        var record = new EventArrived(Now, instanceId, name, payload);
        record.Encode();
        lock (_lock)
            return _store.TryGet(instanceId, out var instance) && !instance.IsFinished ? Commit(record) : _lastWritten;
    }

    public Task TerminateAsync(string instanceId, string? output, bool recursive)
    {
        lock (_lock)
            return Commit(new InstancesTerminated(Now, recursive ? _store.WithDescendants(instanceId) : [instanceId], output));
    }

    public Task SuspendAsync(string instanceId, bool suspended)
    {
        lock (_lock)
            return Commit(new InstanceSuspended(Now, instanceId, suspended));
    }

    /// <returns>How many instances went.</returns>
    public async Task<int> PurgeAsync(Func<Instance, bool> filter, bool recursive)
    {
        Task written;
        List<string> purged;
        lock (_lock)
        {
            purged =
            [
                .. _store.Instances.Where(instance => instance.IsFinished && filter(instance))
                    .SelectMany(instance => recursive ? _store.WithDescendants(instance.Id) : [instance.Id])
                    .Distinct()
                    .Where(id => _store.TryGet(id, out var instance) && instance.IsFinished),
            ];
            written = purged.Count == 0 ? _lastWritten : Commit(new InstancesPurged(Now, purged));
        }
        await written.ConfigureAwait(false);
        return purged.Count;
    }

    public Task<int> PurgeAsync(string instanceId, bool recursive)
    {
        lock (_lock)
            if (!_store.TryGet(instanceId, out _))
                return Task.FromResult(0);
        return PurgeAsync(instance => instance.Id == instanceId, recursive);
    }

    /// <summary>What there is to say of one instance, once the journal holds it.</summary>
    public async Task<T?> ReadAsync<T>(string instanceId, Func<Instance, T?> read)
        where T : class
    {
        T? result;
        Task written;
        lock (_lock)
        {
            result = _store.TryGet(instanceId, out var instance) ? read(instance) : null;
            written = _lastWritten;
        }
        await written.ConfigureAwait(false);
        return result;
    }

    /// <summary>Waits until <paramref name="read"/> has something to say of the instance (which need not exist yet).</summary>
    public async Task<T> WhenAsync<T>(string instanceId, Func<Instance, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            T? result;
            TaskCompletionSource? changed = null;
            Task written;
            lock (_lock)
            {
                result = _store.TryGet(instanceId, out var instance) ? read(instance) : null;
                written = _lastWritten;
                if (result is null)
                {
                    changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    if (!_waiters.TryGetValue(instanceId, out var waiters))
                        _waiters[instanceId] = waiters = [];
                    waiters.RemoveAll(waiter => waiter.Task.IsCompleted);
                    waiters.Add(changed);
                }
            }
            if (result is not null)
            {
                await written.WaitAsync(cancellationToken).ConfigureAwait(false);
                return result;
            }
            using var registration = cancellationToken.Register(() => changed!.TrySetCanceled(cancellationToken));
            await changed!.Task.ConfigureAwait(false);
        }
    }

    /// <summary>One page of the instances that fit, in the order of their ids, beginning after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(Func<Instance, bool> filter, string? after, int count, Func<Instance, T> read)
    {
        List<T> page;
        Task written;
        lock (_lock)
        {
            page =
            [
                .. _store.Instances.Where(instance => string.CompareOrdinal(instance.Id, after) > 0 && filter(instance))
                    .OrderBy(instance => instance.Id, StringComparer.Ordinal)
                    .Take(count)
                    .Select(read),
            ];
            written = _lastWritten;
        }
        await written.ConfigureAwait(false);
        return page;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Orchestration {Name} ({InstanceId}) failed: {ErrorType}: {ErrorMessage}")]
    private partial void LogOrchestrationFailed(string name, string instanceId, string errorType, string errorMessage);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The journal cannot be written; orchestrations stand still until the next start")]
    private partial void LogJournalFailed(Exception exception);
}
