using System.Buffers.Binary;
using System.Text;

namespace Serverless.Local.Messaging;

/// <summary>Writes values in AMQP's encoding.</summary>
internal sealed class AmqpWriter(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    /// <summary>The array that is written to; its first <see cref="Length"/> bytes are in use.</summary>
    public byte[] Buffer => _bytes;

    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    /// <summary>The encoding of a text, as a value of its own.</summary>
    public static byte[] Encode(string text)
    {
        var writer = new AmqpWriter(text.Length + 5);
        writer.WriteString(text);
        return writer.ToArray();
    }

    /// <summary>Begins a section, or any value with a descriptor: its content comes next.</summary>
    public void WriteDescriptor(byte descriptor)
    {
        var to = Grow(3);
        to[0] = AmqpCode.Described;
        to[1] = AmqpCode.SmallULong;
        to[2] = descriptor;
    }

    public void WriteRaw(ReadOnlySpan<byte> encoded) => encoded.CopyTo(Grow(encoded.Length));

    public void WriteNull() => Grow(1)[0] = AmqpCode.Null;

    public void WriteBoolean(bool value) => Grow(1)[0] = value ? AmqpCode.True : AmqpCode.False;

    public void WriteUInt(uint value)
    {
        var to = Grow(5);
        to[0] = AmqpCode.UInt;
        BinaryPrimitives.WriteUInt32BigEndian(to[1..], value);
    }

    public void WriteInt(int value)
    {
        var to = Grow(5);
        to[0] = AmqpCode.Int;
        BinaryPrimitives.WriteInt32BigEndian(to[1..], value);
    }

    public void WriteLong(long value) => WriteLong(AmqpCode.Long, value);

    /// <param name="ticks">Of <see cref="DateTime"/>, in UTC.</param>
    public void WriteTimestamp(long ticks) =>
        WriteLong(AmqpCode.Timestamp, (ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond);

    public void WriteString(string value) => WriteText(AmqpCode.String8, AmqpCode.String32, value);

    public void WriteSymbol(string value) => WriteText(AmqpCode.Symbol8, AmqpCode.Symbol32, value);

    /// <summary>Begins a list. Its elements come next, then <see cref="End"/>.</summary>
    public int BeginList() => Begin(AmqpCode.List32);

    /// <summary>Begins a map. Keys and values come next in turn, then <see cref="End"/>.</summary>
    public int BeginMap() => Begin(AmqpCode.Map32);

    /// <param name="start">What the beginning returned.</param>
    /// <param name="count">How many elements, or keys and values together, were written.</param>
    public void End(int start, int count)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start), Length - start - 4);
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(start + 4), count);
    }

    private int Begin(byte code)
    {
        Grow(9)[0] = code;
        return Length - 8;
    }

    private void WriteLong(byte code, long value)
    {
        var to = Grow(9);
        to[0] = code;
        BinaryPrimitives.WriteInt64BigEndian(to[1..], value);
    }

    private void WriteText(byte narrow, byte wide, string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length <= byte.MaxValue)
        {
            var head = Grow(2);
            head[0] = narrow;
            head[1] = (byte)length;
        }
        else
        {
            var head = Grow(5);
            head[0] = wide;
            BinaryPrimitives.WriteInt32BigEndian(head[1..], length);
        }
        Encoding.UTF8.GetBytes(value, Grow(length));
    }

    private Span<byte> Grow(int by)
    {
        if (Length + by > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, Length + by));
        Length += by;
        return _bytes.AsSpan(Length - by, by);
    }
}
