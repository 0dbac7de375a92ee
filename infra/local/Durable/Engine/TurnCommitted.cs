using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

internal enum TurnOutcome : byte
{
    Waiting = 0,
    Completed = 1,
    Failed = 2,
    ContinuedAsNew = 3,
}

/// <summary>A turn of an instance: what it took from the inbox, what its code asked for, and how it ended. All of it is in the journal or nothing is.</summary>
/// <param name="Consumed">In order: null for the next entry of the inbox, or the number of a timer that fired (which the journal need not know before).</param>
/// <param name="CancelledTimers">Timers that the code gave up: they wake nobody.</param>
/// <param name="Output">The result, or the new input of an instance that continues as new.</param>
/// <param name="CarriedOver">Events that the code did not read before it continued as new.</param>
/// <param name="CustomStatus">The custom status after this turn.</param>
/// <param name="WaitingFor">Names of the events that the code waits for.</param>
internal sealed record TurnCommitted(
    long Now,
    string InstanceId,
    long Generation,
    IReadOnlyCollection<int?> Consumed,
    IReadOnlyCollection<ActionEvent> Actions,
    IReadOnlyCollection<int> CancelledTimers,
    TurnOutcome Outcome,
    string? Output,
    TaskFailureDetails? Failure,
    long NextGeneration,
    string? NextVersion,
    IReadOnlyCollection<HistoryEvent> CarriedOver,
    string? CustomStatus,
    IReadOnlyCollection<string> WaitingFor) : JournalRecord(Now)
{
    public static TurnCommitted Read(ref RecordReader reader, long now) => new(
        now,
        reader.Text(),
        reader.Long(),
        reader.List((ref r) => r.Int() is var timer and >= 0 ? timer : (int?)null),
        reader.List((ref r) => (ActionEvent)r.Event()),
        reader.List((ref r) => r.Int()),
        (TurnOutcome)reader.Byte(),
        reader.OptionalText(),
        reader.Failure(),
        reader.Long(),
        reader.OptionalText(),
        reader.List((ref r) => r.Event()),
        reader.OptionalText(),
        reader.List((ref r) => r.Name()));

    protected override void Write(RecordWriter writer)
    {
        writer.Byte(2);
        writer.Long(Now);
        writer.Text(InstanceId);
        writer.Long(Generation);
        writer.List(Consumed, (w, timer) => w.Long(timer ?? -1));
        writer.List(Actions, (w, action) => w.Event(action));
        writer.List(CancelledTimers, (w, id) => w.Long(id));
        writer.Byte((byte)Outcome);
        writer.Text(Output);
        writer.Failure(Failure);
        writer.Long(NextGeneration);
        writer.Text(NextVersion);
        writer.List(CarriedOver, (w, carried) => w.Event(carried));
        writer.Text(CustomStatus);
        writer.List(WaitingFor, (w, name) => w.Text(name));
    }
}
