using System.Diagnostics.CodeAnalysis;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable;

/// <summary>All instances, and the one function that changes them. No clock, no threads, no I/O: the same records always make the same state.</summary>
internal sealed class InstanceStore
{
    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly List<Instance> _touched = [];
    private long _lastGeneration;

    public IReadOnlyCollection<Instance> Instances => _instances.Values;

    /// <summary>A number that no execution has had. Safe from any thread.</summary>
    public long NextGeneration() => Interlocked.Increment(ref _lastGeneration);

    public bool TryGet(string id, [MaybeNullWhen(false)] out Instance instance) => _instances.TryGetValue(id, out instance);

    /// <summary>The instance and those below it: what a recursive request is for.</summary>
    public List<string> WithDescendants(string id)
    {
        var found = new List<string> { id };
        for (var next = 0; next < found.Count; next++)
            if (TryGet(found[next], out var instance))
                found.AddRange(instance.History.OfType<ChildStarted>().Select(child => child.InstanceId).Except(found));
        return found;
    }

    /// <summary>Applies a record and returns the instances that it changed (valid until the next call).</summary>
    public IReadOnlyList<Instance> Apply(JournalRecord record)
    {
        _touched.Clear();
        switch (record)
        {
            case InstanceStarted started:
                Apply(started);
                break;
            case TurnCommitted turn when Find(turn.InstanceId, turn.Generation) is { } instance:
                Apply(turn, instance);
                break;
            case EventArrived arrived:
                Deliver(arrived.InstanceId, new EventRaised(arrived.Name, arrived.Payload), record.Now);
                break;
            case ActivityFinished finished:
                Apply(finished);
                break;
            case InstancesTerminated terminated:
                foreach (var id in terminated.InstanceIds)
                    if (TryGet(id, out var instance) && !instance.IsFinished)
                        Finish(instance, OrchestrationRuntimeStatus.Terminated, terminated.Output, null, record.Now);
                break;
            case InstanceSuspended suspended when TryGet(suspended.InstanceId, out var instance) && !instance.IsFinished:
                instance.IsSuspended = suspended.Suspended;
                Touch(instance, record.Now);
                break;
            case InstancesPurged purged:
                foreach (var id in purged.InstanceIds)
                    if (_instances.Remove(id, out var instance))
                        Leave(instance);
                break;
            case InstanceFailed failed when Find(failed.InstanceId, failed.Generation) is { } instance:
                Finish(instance, OrchestrationRuntimeStatus.Failed, null, failed.Failure, record.Now);
                break;
            case InstanceSnapshot snapshot:
                Add(snapshot.Instance);
                Raise(snapshot.Instance.Generation);
                break;
        }
        return _touched;
    }

    private void Apply(InstanceStarted started)
    {
        Raise(started.Generation);
        Add(new Instance(started.InstanceId, started.Name, started.Generation)
        {
            Version = started.Version,
            Input = started.Input,
            StartAt = started.StartAt,
            Tags = started.Tags,
            CreatedAt = started.Now,
            UpdatedAt = started.Now,
        });
    }

    private void Apply(ActivityFinished finished)
    {
        if (!TryGet(finished.InstanceId, out var instance))
            return;
        var id = finished.Result is TaskCompleted completed ? completed.Id : ((TaskFailed)finished.Result).Id;
        var open = instance.Activities.RemoveAll(activity => activity.Generation == finished.Generation && activity.Id == id) > 0;
        if (!open || instance.Generation != finished.Generation || instance.IsFinished)
            return;
        instance.Inbox.Add(finished.Result);
        Touch(instance, finished.Now);
    }

    private void Apply(TurnCommitted turn, Instance instance)
    {
        Consume(turn, instance);
        instance.CustomStatus = turn.CustomStatus;
        instance.WaitingFor = turn.WaitingFor;
        instance.Status = OrchestrationRuntimeStatus.Running;
        instance.History.AddRange(turn.Actions);
        foreach (var action in turn.Actions)
            Apply(action, instance, turn.Now);
        foreach (var id in turn.CancelledTimers)
            RemoveTimer(instance, id);
        switch (turn.Outcome)
        {
            case TurnOutcome.Completed:
                Finish(instance, OrchestrationRuntimeStatus.Completed, turn.Output, null, turn.Now);
                break;
            case TurnOutcome.Failed:
                Finish(instance, OrchestrationRuntimeStatus.Failed, null, turn.Failure, turn.Now);
                break;
            case TurnOutcome.ContinuedAsNew:
                ContinueAsNew(turn, instance);
                break;
            default:
                Touch(instance, turn.Now);
                break;
        }
    }

    private static void Consume(TurnCommitted turn, Instance instance)
    {
        instance.History.Add(new TurnStarted(turn.Now));
        var taken = 0;
        foreach (var timer in turn.Consumed)
        {
            if (timer is { } id)
            {
                // A timer stands in the inbox of a living engine only: the journal does not record that it fired before a turn saw it.
                if (taken < instance.Inbox.Count && instance.Inbox[taken] is TimerFired fired && fired.Id == id)
                    taken++;
                instance.History.Add(new TimerFired(id));
                RemoveTimer(instance, id);
            }
            else
            {
                instance.History.Add(instance.Inbox[taken++]);
            }
        }
        instance.Inbox.RemoveRange(0, taken);
    }

    private void Apply(ActionEvent action, Instance instance, long now)
    {
        switch (action)
        {
            case TaskScheduled scheduled:
                instance.Activities.Add(new OpenActivity(instance.Generation, scheduled.Id, scheduled.Name, scheduled.Input));
                break;
            case TimerCreated timer:
                instance.Timers.Add(new OpenTimer(timer.Id, timer.FireAt));
                break;
            case EventSent sent:
                Deliver(sent.InstanceId, new EventRaised(sent.Name, sent.Payload), now);
                break;
            case ChildStarted child when TryGet(child.InstanceId, out var existing) && !existing.IsFinished:
                var failure = new TaskFailureDetails(
                    FailureTypes.AlreadyExists, $"An orchestration with the instance id '{child.InstanceId}' already exists and is not finished.", null, null, null);
                instance.Inbox.Add(new TaskFailed(child.Id, failure));
                break;
            case ChildStarted child:
                Raise(child.Generation);
                Add(new Instance(child.InstanceId, child.Name, child.Generation)
                {
                    Version = child.Version,
                    Input = child.Input,
                    Parent = new ParentTask(instance.Id, instance.Name, instance.Generation, child.Id),
                    CreatedAt = now,
                    UpdatedAt = now,
                });
                break;
        }
    }

    private void ContinueAsNew(TurnCommitted turn, Instance instance)
    {
        Raise(turn.NextGeneration);
        instance.Generation = turn.NextGeneration;
        instance.Version = turn.NextVersion;
        instance.Input = turn.Output;
        instance.StartAt = null;
        instance.WaitingFor = [];
        instance.DropTimers();
        instance.History.Clear();

        // Results of the old execution are nobody's; events that came in meanwhile are for the new one.
        instance.Inbox.RemoveAll(entry => entry is not EventRaised);
        instance.Inbox.InsertRange(0, turn.CarriedOver);
        Touch(instance, turn.Now);
    }

    private void Finish(Instance instance, OrchestrationRuntimeStatus status, string? output, TaskFailureDetails? failure, long now)
    {
        instance.Status = status;
        instance.IsSuspended = false;
        instance.Output = output;
        instance.Failure = failure;
        instance.WaitingFor = [];
        instance.DropTimers();
        instance.Activities.Clear();
        instance.Inbox.Clear();
        instance.Inbox.Capacity = 0;
        Touch(instance, now);
        if (instance.Parent is not { } parent || Find(parent.InstanceId, parent.Generation) is not { } waiting)
            return;
        waiting.Inbox.Add(status == OrchestrationRuntimeStatus.Completed
            ? new TaskCompleted(parent.TaskId, output)
            : new TaskFailed(parent.TaskId, failure ?? new TaskFailureDetails(
                FailureTypes.SubOrchestrationFailed, $"The sub-orchestration '{instance.Id}' was terminated.", null, null, null)));
        Touch(waiting, now);
    }

    private void Deliver(string id, HistoryEvent entry, long now)
    {
        if (!TryGet(id, out var instance) || instance.IsFinished)
            return;
        instance.Inbox.Add(entry);
        Touch(instance, now);
    }

    private Instance? Find(string id, long generation) =>
        TryGet(id, out var instance) && instance.Generation == generation && !instance.IsFinished ? instance : null;

    private void Add(Instance instance)
    {
        if (_instances.TryGetValue(instance.Id, out var former))
            Leave(former);
        _instances[instance.Id] = instance;
        _touched.Add(instance);
    }

    private void Leave(Instance instance)
    {
        instance.IsGone = true;
        instance.DropTimers();
        instance.Activities.Clear();
        _touched.Add(instance);
    }

    private void Touch(Instance instance, long now)
    {
        instance.UpdatedAt = Math.Max(instance.UpdatedAt, now);
        _touched.Add(instance);
    }

    private void Raise(long generation)
    {
        for (var last = Interlocked.Read(ref _lastGeneration); last < generation;)
            last = Interlocked.CompareExchange(ref _lastGeneration, generation, last) is var seen && seen == last ? generation : seen;
    }

    private static void RemoveTimer(Instance instance, int id)
    {
        var index = instance.Timers.FindIndex(timer => timer.Id == id);
        if (index < 0)
            return;
        instance.Timers[index].Timer?.Dispose();
        instance.Timers.RemoveAt(index);
    }
}
