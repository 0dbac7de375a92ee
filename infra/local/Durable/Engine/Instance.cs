using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Durable;

/// <summary>Who waits for a sub-orchestration.</summary>
internal sealed record ParentTask(string InstanceId, string Name, long Generation, int TaskId);

/// <summary>
/// One orchestration. Between turns it is only this: its code does not stay in memory, the next turn replays it from <see cref="History"/>.
/// The engine's lock guards it; what the journal does not hold (timers, places in queues) is made again from the rest when the engine starts.
/// </summary>
internal sealed class Instance(string id, string name, long generation)
{
    public string Id { get; } = id;
    public string Name { get; } = name;
    public long Generation { get; set; } = generation;
    public string? Version { get; set; }
    public string? Input { get; set; }
    public long? StartAt { get; set; }
    public IReadOnlyCollection<KeyValuePair<string, string>> Tags { get; init; } = [];
    public ParentTask? Parent { get; init; }
    public long CreatedAt { get; init; }
    public long UpdatedAt { get; set; }
    public OrchestrationRuntimeStatus Status { get; set; } = OrchestrationRuntimeStatus.Pending;
    public bool IsSuspended { get; set; }
    public string? Output { get; set; }
    public TaskFailureDetails? Failure { get; set; }
    public string? CustomStatus { get; set; }
    public IReadOnlyCollection<string> WaitingFor { get; set; } = [];

    /// <summary>What past turns saw and asked for. Empty before the first turn. Only a committed turn changes it.</summary>
    public List<HistoryEvent> History { get; private init; } = [];

    /// <summary>What arrived since.</summary>
    public List<HistoryEvent> Inbox { get; private init; } = [];

    public List<OpenTimer> Timers { get; private init; } = [];
    public List<OpenActivity> Activities { get; private init; } = [];

    public bool IsFinished =>
        Status is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    public OrchestrationRuntimeStatus VisibleStatus => IsSuspended && !IsFinished ? OrchestrationRuntimeStatus.Suspended : Status;

    /// <summary>True while the instance waits for a turn or has one.</summary>
    public bool HasTurn { get; set; }

    /// <summary>True once another instance took the id or it was purged.</summary>
    public bool IsGone { get; set; }

    public ITimer? StartTimer { get; set; }

    public bool WantsTurn(long now) =>
        !IsFinished && !IsSuspended && !IsGone && (History.Count == 0 ? StartAt is null || StartAt <= now : Inbox.Count > 0);

    public void DropTimers()
    {
        DisposeTimers();
        Timers.Clear();
    }

    public void DisposeTimers()
    {
        StartTimer?.Dispose();
        StartTimer = null;
        foreach (var timer in Timers)
            timer.Timer?.Dispose();
    }

    public static Instance Read(ref RecordReader reader) => new(reader.Text(), reader.Name(), reader.Long())
    {
        Version = reader.OptionalText(),
        Input = reader.OptionalText(),
        StartAt = reader.Bool() ? reader.Long() : null,
        Tags = reader.List((ref r) => KeyValuePair.Create(r.Name(), r.Text())),
        Parent = reader.Bool() ? new ParentTask(reader.Text(), reader.Name(), reader.Long(), reader.Int()) : null,
        CreatedAt = reader.Long(),
        UpdatedAt = reader.Long(),
        Status = (OrchestrationRuntimeStatus)reader.Byte(),
        IsSuspended = reader.Bool(),
        Output = reader.OptionalText(),
        Failure = reader.Failure(),
        CustomStatus = reader.OptionalText(),
        WaitingFor = reader.List((ref r) => r.Name()),
        History = reader.List((ref r) => r.Event()),
        Inbox = reader.List((ref r) => r.Event()),
        Timers = reader.List((ref r) => new OpenTimer(r.Int(), r.Long())),
        Activities = reader.List((ref r) => new OpenActivity(r.Long(), r.Int(), r.Name(), r.OptionalText())),
    };

    public void Write(RecordWriter writer)
    {
        writer.Text(Id);
        writer.Text(Name);
        writer.Long(Generation);
        writer.Text(Version);
        writer.Text(Input);
        writer.Bool(StartAt is not null);
        if (StartAt is { } startAt)
            writer.Long(startAt);
        writer.List(Tags, (w, tag) =>
        {
            w.Text(tag.Key);
            w.Text(tag.Value);
        });
        writer.Bool(Parent is not null);
        if (Parent is not null)
        {
            writer.Text(Parent.InstanceId);
            writer.Text(Parent.Name);
            writer.Long(Parent.Generation);
            writer.Long(Parent.TaskId);
        }
        writer.Long(CreatedAt);
        writer.Long(UpdatedAt);
        writer.Byte((byte)Status);
        writer.Bool(IsSuspended);
        writer.Text(Output);
        writer.Failure(Failure);
        writer.Text(CustomStatus);
        writer.List(WaitingFor, (w, name) => w.Text(name));
        writer.List(History, (w, past) => w.Event(past));
        writer.List([.. Inbox.Where(entry => entry is not TimerFired)], (w, entry) => w.Event(entry));
        writer.List(Timers, (w, timer) =>
        {
            w.Long(timer.Id);
            w.Long(timer.FireAt);
        });
        writer.List(Activities, (w, activity) =>
        {
            w.Long(activity.Generation);
            w.Long(activity.Id);
            w.Text(activity.Name);
            w.Text(activity.Input);
        });
    }
}

internal sealed class OpenTimer(int id, long fireAt)
{
    public int Id { get; } = id;
    public long FireAt { get; } = fireAt;
    public ITimer? Timer { get; set; }

    /// <summary>True once it is in the inbox.</summary>
    public bool HasFired { get; set; }
}

internal sealed class OpenActivity(long generation, int id, string name, string? input)
{
    public long Generation { get; } = generation;
    public int Id { get; } = id;
    public string Name { get; } = name;
    public string? Input { get; } = input;

    /// <summary>True once it is on its way; after a restart it sets out again.</summary>
    public bool IsQueued { get; set; }
}
