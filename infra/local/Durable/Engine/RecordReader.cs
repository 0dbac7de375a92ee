using System.Text;
using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _rest = record;

    public delegate T ReadItem<out T>(ref RecordReader reader);

    public byte Byte()
    {
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public bool Bool() => Byte() != 0;

    public int Int() => checked((int)Long());

    public long Long()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return (long)(value >> 1) ^ -(long)(value & 1);
        }
    }

    public string? OptionalText()
    {
        var count = Int();
        if (count < 0)
            return null;
        var text = Encoding.UTF8.GetString(_rest[..count]);
        _rest = _rest[count..];
        return text;
    }

    public string Text() => OptionalText() ?? throw new InvalidDataException("The journal holds no text where one must be.");

    /// <summary>A name of the code (an orchestrator's, an event's): few different ones, so they are kept once.</summary>
    public string Name() => string.Intern(Text());

    public List<T> List<T>(ReadItem<T> read)
    {
        var count = Int();
        var values = new List<T>(count);
        for (var i = 0; i < count; i++)
            values.Add(read(ref this));
        return values;
    }

    public TaskFailureDetails? Failure() => Bool() ? new TaskFailureDetails(Text(), Text(), OptionalText(), Failure(), null) : null;

    public HistoryEvent Event() => Byte() switch
    {
        1 => new TurnStarted(Long()),
        2 => new TaskCompleted(Int(), OptionalText()),
        3 => new TaskFailed(Int(), Failure()!),
        4 => new TimerFired(Int()),
        5 => new EventRaised(Name(), OptionalText()),
        6 => new TaskScheduled(Int(), Name(), OptionalText()),
        7 => new TimerCreated(Int(), Long()),
        8 => new ChildStarted(Int(), Long(), Name(), Text(), OptionalText(), OptionalText()),
        9 => new EventSent(Int(), Text(), Name(), OptionalText()),
        var kind => throw new InvalidDataException($"Unknown history event {kind} in the journal: written by a newer version."),
    };
}
