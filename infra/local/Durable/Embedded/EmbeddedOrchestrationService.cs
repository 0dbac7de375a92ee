using System.Threading.Channels;
using DurableTask.Core;
using Microsoft.Extensions.Logging;
using Serverless.Local.State;

namespace Serverless.Local.Durable.Embedded;

/// <summary>
/// The engine's store in this process: instances, histories, inboxes, activities and timers in memory, each change of
/// them in the journal. All times, and what falls due when, come from the app's clock.
/// </summary>
/// <remarks>
/// A change is made under the lock and its record appended there, so that the journal has the order of the changes.
/// What follows from it outside (a turn or an activity begins, a client gets its answer) waits until the record is
/// written. A crash at any moment therefore leaves a state in which everything that anybody outside has seen is there;
/// a turn or an activity that was under way begins again.
/// </remarks>
internal sealed partial class EmbeddedOrchestrationService : IOrchestrationService, IJournaled, IDisposable
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly DurableOptions _options;
    private readonly ILogger _logger;
    private readonly ITimer _alarm;
    private readonly Dictionary<string, Instance> _instances = [];
    private readonly Dictionary<long, Message> _activities = [];
    private readonly PriorityQueue<(Instance Instance, Message Message), (DateTime Due, long Sequence)> _held = new();
    private readonly Channel<Instance> _turnQueue = Channel.CreateUnbounded<Instance>();
    private readonly Channel<Message> _activityQueue = Channel.CreateUnbounded<Message>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _stopped;
    private Journal? _journal;
    private Task _lastWrite = Task.CompletedTask;
    private long _sequence;
    private int _busyInstances;
    private bool _isRunning;

    public EmbeddedOrchestrationService(DurableOptions options, TimeProvider clock, ILogger logger)
    {
        _options = options;
        _clock = clock;
        _logger = logger;
        _stopped = _stopping.Token;
        _alarm = clock.CreateTimer(_ => DeliverDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Turns and activities that are queued or running, without a gap between the one and the other.
    /// </summary>
    public int Work
    {
        get
        {
            lock (_gate)
                return _isRunning ? _busyInstances + _activities.Count : 0;
        }
    }

    private DateTime Now => _clock.GetUtcNow().UtcDateTime;

    /// <summary>From here on changes go into this journal, which has been replayed into this store.</summary>
    public void Attach(Journal journal) => _journal = journal;

    /// <summary>Sets off what the journal has left to do.</summary>
    public Task StartAsync()
    {
        lock (_gate)
        {
            _isRunning = true;
            var effects = new Effects();
            foreach (var instance in _instances.Values)
                Wake(instance, effects);
            effects.Activities.AddRange(_activities.Values.OrderBy(activity => activity.Sequence));
            Begin(effects);
        }
        DeliverDue();
        return Task.CompletedTask;
    }

    public Task StopAsync() => StopAsync(isForced: false);

    public Task StopAsync(bool isForced)
    {
        lock (_gate)
            _isRunning = false;
        return _stopping.CancelAsync();
    }

    public void Dispose()
    {
        _alarm.Dispose();
        _stopping.Dispose();
    }

    // The store is there as soon as its journal is.
    public Task CreateAsync() => Task.CompletedTask;

    public Task CreateAsync(bool recreateInstanceStore) => Task.CompletedTask;

    public Task CreateIfNotExistsAsync() => Task.CompletedTask;

    public Task DeleteAsync() => Task.CompletedTask;

    public Task DeleteAsync(bool deleteInstanceStore) => Task.CompletedTask;

    /// <summary>
    /// Appends a record and makes its change. Only under the lock. The effects may begin when the task has completed.
    /// </summary>
    private (Task Written, Effects Effects) Commit(StoreRecord record)
    {
        _lastWrite = _journal?.AppendAsync(this, StoreRecordCodec.Encode(record)) ?? Task.CompletedTask;
        return (_lastWrite, Apply(record));
    }

    private async Task FinishAsync((Task Written, Effects Effects) commit)
    {
        await commit.Written.ConfigureAwait(false);
        Begin(commit.Effects);
    }

    /// <summary>Waits until all that a reader could see now is in the journal.</summary>
    private Task WrittenAsync()
    {
        lock (_gate)
            return _lastWrite;
    }

    private void Begin(Effects effects)
    {
        foreach (var instance in effects.Turns)
            _turnQueue.Writer.TryWrite(instance);
        foreach (var activity in effects.Activities)
            _activityQueue.Writer.TryWrite(activity);
        foreach (var (instance, state) in effects.Finished)
            instance.Finished.TrySetResult(state);
    }

    /// <summary>What follows from a change once it is kept.</summary>
    private sealed class Effects
    {
        public List<Instance> Turns { get; } = [];

        public List<Message> Activities { get; } = [];

        public List<(Instance Instance, OrchestrationState State)> Finished { get; } = [];
    }
}
