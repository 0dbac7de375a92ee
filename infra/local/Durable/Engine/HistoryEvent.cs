using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>
/// One line of an instance's history. A turn is a <see cref="TurnStarted"/>, then what had arrived, then what the code asked for (its actions, numbered from 0).
/// </summary>
internal abstract record HistoryEvent;

internal sealed record TurnStarted(long Ticks) : HistoryEvent;

internal sealed record TaskCompleted(int Id, string? Result) : HistoryEvent;

internal sealed record TaskFailed(int Id, TaskFailureDetails Failure) : HistoryEvent;

internal sealed record TimerFired(int Id) : HistoryEvent;

internal sealed record EventRaised(string Name, string? Payload) : HistoryEvent;

internal abstract record ActionEvent(int Id) : HistoryEvent
{
    /// <summary>What makes two actions of the same number the same action.</summary>
    public abstract string Describe();
}

internal sealed record TaskScheduled(int Id, string Name, string? Input) : ActionEvent(Id)
{
    public override string Describe() => $"activity '{Name}'";
}

internal sealed record TimerCreated(int Id, long FireAt) : ActionEvent(Id)
{
    public override string Describe() => "timer";
}

internal sealed record ChildStarted(int Id, long Generation, string Name, string InstanceId, string? Input, string? Version) : ActionEvent(Id)
{
    public override string Describe() => $"sub-orchestration '{Name}'";
}

internal sealed record EventSent(int Id, string InstanceId, string Name, string? Payload) : ActionEvent(Id)
{
    public override string Describe() => $"event '{Name}' to instance '{InstanceId}'";
}
