using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable.Wire;

namespace Serverless.Local.Durable.Embedded;

/// <summary>
/// How records change the store: the same code when they are made and when the journal is replayed. Everything here
/// runs under the lock.
/// </summary>
internal sealed partial class EmbeddedOrchestrationService
{
    public byte JournalId => 4;

    public void Replay(ReadOnlySpan<byte> record)
    {
        lock (_gate)
            Apply(StoreRecordCodec.Decode(record));
    }

    public IEnumerable<byte[]> Snapshot()
    {
        foreach (var instance in _instances.Values)
        {
            var messages = instance.Inbox.Concat(instance.Held.Values).OrderBy(message => message.Sequence).ToList();
            yield return StoreRecordCodec.Encode(
                new InstanceKept(instance.State, instance.MayRun, instance.History, messages)
            );
        }
        foreach (var activity in _activities.Values)
            yield return StoreRecordCodec.Encode(new ActivityKept(activity));
    }

    private Effects Apply(StoreRecord record)
    {
        var effects = new Effects();
        switch (record)
        {
            case InstanceCreated created:
                Create(created.Start, effects);
                break;
            case MessageArrived arrived:
                Deliver(arrived.Message, effects);
                break;
            case TurnCommitted turn:
                EndTurn(turn, effects);
                break;
            case ActivityEnded ended:
                _activities.Remove(ended.Activity);
                Deliver(ended.Answer, effects);
                break;
            case InstancesPurged purged:
                foreach (var id in purged.Ids)
                    _instances.Remove(id);
                break;
            case InstanceKept kept:
                Take(kept);
                break;
            case ActivityKept kept:
                AddActivity(kept.Activity);
                break;
        }
        return effects;
    }

    private void Create(Message start, Effects effects)
    {
        if (_instances.TryGetValue(start.InstanceId, out var replaced) && !replaced.IsFinished)
            Finish(replaced, OrchestrationStatus.Terminated, null, start.Event.Timestamp, effects);
        var instance = new Instance(Pending((ExecutionStartedEvent)start.Event));
        _instances[start.InstanceId] = instance;
        Receive(instance, start, effects);
    }

    /// <summary>Puts a message where it waits to be heard; drops it where nobody will.</summary>
    private void Deliver(Message message, Effects effects)
    {
        var instance = _instances.GetValueOrDefault(message.InstanceId);
        var isLive = instance is { IsFinished: false };
        if (message.Event is ExecutionStartedEvent)
        {
            // A sub-orchestration: one that runs under this id goes on, and the parent waits, as in Azure.
            if (isLive)
                LogDuplicateStart(_logger, message.InstanceId);
            else
                Create(message, effects);
        }
        else if (!isLive || instance!.IsStale(message))
        {
            LogDropped(_logger, message.Event.EventType, message.InstanceId);
        }
        else if (message.Event is ExecutionTerminatedEvent terminated && !instance.MayRun)
        {
            // Nothing of it has run that could end by itself.
            Finish(instance, OrchestrationStatus.Terminated, terminated.Input, message.Event.Timestamp, effects);
        }
        else
        {
            Receive(instance, message, effects);
        }
    }

    private void Receive(Instance instance, Message message, Effects effects)
    {
        _sequence = Math.Max(_sequence, message.Sequence);
        if (message.Due is { } due)
        {
            instance.Held[message.Sequence] = message;
            _held.Enqueue((instance, message), (due, message.Sequence));
            return;
        }
        AddToInbox(instance, message, effects);
    }

    /// <summary>Moves a message into the inbox.</summary>
    private void AddToInbox(Instance instance, Message message, Effects effects)
    {
        if (message.Event is ExecutionStartedEvent)
        {
            instance.MayRun = true;
            instance.Inbox.Insert(0, message);
        }
        else
        {
            instance.Inbox.Add(message);
        }
        Wake(instance, effects);
    }

    private void Wake(Instance instance, Effects effects)
    {
        if (!_isRunning || instance.Phase != Phase.Waiting || !instance.MayRun || instance.Inbox.Count == 0)
            return;
        SetPhase(instance, Phase.Queued);
        effects.Turns.Add(instance);
    }

    private void SetPhase(Instance instance, Phase phase)
    {
        _busyInstances += (phase == Phase.Waiting ? 0 : 1) - (instance.Phase == Phase.Waiting ? 0 : 1);
        instance.Phase = phase;
    }

    private void EndTurn(TurnCommitted turn, Effects effects)
    {
        var instance = _instances[turn.InstanceId];
        var consumed = turn.Consumed.ToHashSet();
        instance.Inbox.RemoveAll(message => consumed.Contains(message.Sequence));
        foreach (var sequence in turn.Consumed)
            instance.Held.Remove(sequence);
        if (turn.IsNewGeneration)
            instance.History = [.. turn.Events];
        else
            instance.History.AddRange(turn.Events);
        instance.MayRun = true;
        foreach (var activity in turn.Activities)
        {
            AddActivity(activity);
            effects.Activities.Add(activity);
        }

        if (turn.Status.IsFinished())
        {
            Finish(instance, turn.Status, turn.Output, turn.Now, effects, turn.CustomStatus);
        }
        else
        {
            instance.State = Describe(instance, turn.Status, turn.CustomStatus, turn.Output, turn.Now);
            if (turn.IsNewGeneration)
                ForgetEarlierGeneration(instance);
            foreach (var timer in turn.Timers)
                Receive(instance, timer, effects);
        }
        foreach (var message in turn.Messages)
            Deliver(message, effects);
    }

    private static void ForgetEarlierGeneration(Instance instance)
    {
        instance.Inbox.RemoveAll(instance.IsStale);
        foreach (var stale in instance.Held.Values.Where(instance.IsStale).ToList())
            instance.Held.Remove(stale.Sequence);
    }

    private static void Finish(
        Instance instance,
        OrchestrationStatus status,
        string? output,
        DateTime now,
        Effects effects,
        string? customStatus = null
    )
    {
        instance.State = Describe(instance, status, customStatus, output, now);
        instance.Inbox.Clear();
        instance.Held.Clear();
        // Nobody reads it any more, and most instances of an app have ended.
        instance.History = [];
        effects.Finished.Add((instance, instance.State));
    }

    private void Take(InstanceKept kept)
    {
        var instance = new Instance(kept.State) { MayRun = kept.MayRun };
        instance.History.AddRange(kept.History);
        _instances[instance.Id] = instance;
        foreach (var message in kept.Messages)
            Receive(instance, message, new Effects());
    }

    private void AddActivity(Message activity)
    {
        _sequence = Math.Max(_sequence, activity.Sequence);
        _activities[activity.Sequence] = activity;
    }

    private static OrchestrationState Pending(ExecutionStartedEvent start) =>
        new()
        {
            OrchestrationInstance = start.OrchestrationInstance,
            ParentInstance = start.ParentInstance,
            Name = start.Name,
            Version = start.Version,
            Input = start.Input,
            Tags = start.Tags,
            ScheduledStartTime = start.ScheduledStartTime,
            OrchestrationStatus = OrchestrationStatus.Pending,
            CreatedTime = start.Timestamp,
            LastUpdatedTime = start.Timestamp,
        };

    /// <summary>
    /// The state after a turn. <see cref="OrchestrationState.FailureDetails"/> stays empty: in Azure the storage does
    /// not keep it either, and the output has its text.
    /// </summary>
    private static OrchestrationState Describe(
        Instance instance,
        OrchestrationStatus status,
        string? customStatus,
        string? output,
        DateTime now
    )
    {
        var start = instance.History.OfType<ExecutionStartedEvent>().LastOrDefault();
        var state = start is null ? Copy(instance.State) : Pending(start);
        state.OrchestrationStatus = status;
        state.Status = customStatus;
        state.Output = output;
        state.LastUpdatedTime = now;
        state.CompletedTime = status.IsFinished() ? now : default;
        return state;
    }

    private static OrchestrationState Copy(OrchestrationState state) =>
        new()
        {
            OrchestrationInstance = state.OrchestrationInstance,
            ParentInstance = state.ParentInstance,
            Name = state.Name,
            Version = state.Version,
            Input = state.Input,
            Tags = state.Tags,
            ScheduledStartTime = state.ScheduledStartTime,
            CreatedTime = state.CreatedTime,
        };

    [LoggerMessage(
        LogLevel.Warning,
        "A sub-orchestration was to start as {InstanceId}, which runs already: it does not, and its parent waits."
    )]
    private static partial void LogDuplicateStart(ILogger logger, string instanceId);

    [LoggerMessage(LogLevel.Debug, "Dropped {EventType} for {InstanceId}, which does not run (any more).")]
    private static partial void LogDropped(ILogger logger, EventType eventType, string instanceId);
}
