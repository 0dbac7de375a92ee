using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>
/// One change of the engine's state. It is appended to the journal and applied to memory by the same function of <see cref="InstanceStore"/> that applies it again when
/// the journal is opened, so that what a restart sees is what was.
/// </summary>
internal abstract record JournalRecord(long Now)
{
    private ReadOnlyMemory<byte>? _encoded;

    /// <summary>The record's bytes. They are made once: call it first outside the engine's lock.</summary>
    public ReadOnlyMemory<byte> Encode()
    {
        if (_encoded is { } bytes)
            return bytes;
        var writer = new RecordWriter();
        Write(writer);
        _encoded = writer.Written;
        return writer.Written;
    }

    public static JournalRecord Decode(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record);
        var kind = reader.Byte();
        var now = reader.Long();
        return kind switch
        {
            1 => InstanceStarted.Read(ref reader, now),
            2 => TurnCommitted.Read(ref reader, now),
            3 => new EventArrived(now, reader.Text(), reader.Name(), reader.OptionalText()),
            4 => new ActivityFinished(now, reader.Text(), reader.Long(), reader.Event()),
            5 => new InstancesTerminated(now, reader.List((ref r) => r.Text()), reader.OptionalText()),
            6 => new InstanceSuspended(now, reader.Text(), reader.Bool()),
            7 => new InstancesPurged(now, reader.List((ref r) => r.Text())),
            8 => new InstanceFailed(now, reader.Text(), reader.Long(), reader.Failure()!),
            9 => new InstanceSnapshot(now, Instance.Read(ref reader)),
            _ => throw new InvalidDataException($"Unknown record {kind} in the journal: written by a newer version."),
        };
    }

    protected abstract void Write(RecordWriter writer);
}

/// <summary>A new instance, in place of a former one of the same id if there is one.</summary>
/// <param name="Generation">Names this execution among all: what a former one still has to say is not for this one.</param>
internal sealed record InstanceStarted(
    long Now,
    string InstanceId,
    long Generation,
    string Name,
    string? Version,
    string? Input,
    long? StartAt,
    IReadOnlyCollection<KeyValuePair<string, string>> Tags) : JournalRecord(Now)
{
    public static InstanceStarted Read(ref RecordReader reader, long now) => new(
        now,
        reader.Text(),
        reader.Long(),
        reader.Name(),
        reader.OptionalText(),
        reader.OptionalText(),
        reader.Bool() ? reader.Long() : null,
        reader.List((ref r) => KeyValuePair.Create(r.Name(), r.Text())));

    protected override void Write(RecordWriter writer)
    {
        writer.Byte(1);
        writer.Long(Now);
        writer.Text(InstanceId);
        writer.Long(Generation);
        writer.Text(Name);
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
    }
}

internal sealed record EventArrived(long Now, string InstanceId, string Name, string? Payload) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(3);
        writer.Long(Now);
        writer.Text(InstanceId);
        writer.Text(Name);
        writer.Text(Payload);
    }
}

/// <param name="Result">A <see cref="TaskCompleted"/> or <see cref="TaskFailed"/>.</param>
internal sealed record ActivityFinished(long Now, string InstanceId, long Generation, HistoryEvent Result) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(4);
        writer.Long(Now);
        writer.Text(InstanceId);
        writer.Long(Generation);
        writer.Event(Result);
    }
}

internal sealed record InstancesTerminated(long Now, IReadOnlyCollection<string> InstanceIds, string? Output) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(5);
        writer.Long(Now);
        writer.List(InstanceIds, (w, id) => w.Text(id));
        writer.Text(Output);
    }
}

internal sealed record InstanceSuspended(long Now, string InstanceId, bool Suspended) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(6);
        writer.Long(Now);
        writer.Text(InstanceId);
        writer.Bool(Suspended);
    }
}

internal sealed record InstancesPurged(long Now, IReadOnlyCollection<string> InstanceIds) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(7);
        writer.Long(Now);
        writer.List(InstanceIds, (w, id) => w.Text(id));
    }
}

/// <summary>An instance that failed outside a turn: its code went on where it may not.</summary>
internal sealed record InstanceFailed(long Now, string InstanceId, long Generation, TaskFailureDetails Failure) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(8);
        writer.Long(Now);
        writer.Text(InstanceId);
        writer.Long(Generation);
        writer.Failure(Failure);
    }
}

/// <summary>All of an instance, when the journal is compacted.</summary>
internal sealed record InstanceSnapshot(long Now, Instance Instance) : JournalRecord(Now)
{
    protected override void Write(RecordWriter writer)
    {
        writer.Byte(9);
        writer.Long(Now);
        Instance.Write(writer);
    }
}
