using System.Buffers;
using System.Text;
using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>Writes the values of a journal record. <see cref="RecordReader"/> is its mirror.</summary>
internal sealed class RecordWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Long(long value)
    {
        // Zigzag, seven bits a byte: small numbers of either sign take one byte.
        var rest = (ulong)((value << 1) ^ (value >> 63));
        for (; rest >= 0x80; rest >>= 7)
            Byte((byte)(rest | 0x80));
        Byte((byte)rest);
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Long(-1);
            return;
        }
        var count = Encoding.UTF8.GetByteCount(value);
        Long(count);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(Math.Max(count, 1)));
        _buffer.Advance(count);
    }

    public void List<T>(IReadOnlyCollection<T> values, Action<RecordWriter, T> write)
    {
        Long(values.Count);
        foreach (var value in values)
            write(this, value);
    }

    public void Failure(TaskFailureDetails? failure)
    {
        Bool(failure is not null);
        if (failure is null)
            return;
        Text(failure.ErrorType);
        Text(failure.ErrorMessage);
        Text(failure.StackTrace);
        Failure(failure.InnerFailure);
    }

    public void Event(HistoryEvent value)
    {
        switch (value)
        {
            case TurnStarted turn:
                Byte(1);
                Long(turn.Ticks);
                break;
            case TaskCompleted completed:
                Byte(2);
                Long(completed.Id);
                Text(completed.Result);
                break;
            case TaskFailed failed:
                Byte(3);
                Long(failed.Id);
                Failure(failed.Failure);
                break;
            case TimerFired fired:
                Byte(4);
                Long(fired.Id);
                break;
            case EventRaised raised:
                Byte(5);
                Text(raised.Name);
                Text(raised.Payload);
                break;
            case TaskScheduled scheduled:
                Byte(6);
                Long(scheduled.Id);
                Text(scheduled.Name);
                Text(scheduled.Input);
                break;
            case TimerCreated timer:
                Byte(7);
                Long(timer.Id);
                Long(timer.FireAt);
                break;
            case ChildStarted child:
                Byte(8);
                Long(child.Id);
                Long(child.Generation);
                Text(child.Name);
                Text(child.InstanceId);
                Text(child.Input);
                Text(child.Version);
                break;
            case EventSent sent:
                Byte(9);
                Long(sent.Id);
                Text(sent.InstanceId);
                Text(sent.Name);
                Text(sent.Payload);
                break;
            default:
                throw new InvalidOperationException($"{value.GetType()} has no place in the journal.");
        }
    }
}
