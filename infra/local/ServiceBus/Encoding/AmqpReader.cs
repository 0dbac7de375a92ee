using System.Buffers.Binary;
using System.Text;

namespace Serverless.Local.Messaging;

/// <summary>
/// Reads values in AMQP's encoding (part 1.6 of the specification) without making objects of them. What it has skipped
/// is well formed: every size and count fits, and nothing is nested so deeply that a recursive decoder would run out
/// of stack.
/// </summary>
internal ref struct AmqpReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 32;

    /// <summary>
    /// Elements of an array may take no bytes at all, so that their number is not bounded by the array's size.
    /// </summary>
    private const uint MaxEmptyElements = 1 << 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position == _bytes.Length;

    /// <summary>Skips one value, described or not.</summary>
    /// <exception cref="InvalidDataException">It is not well formed.</exception>
    public void Skip() => Skip(0);

    /// <summary>Skips one value and returns its encoding.</summary>
    public ReadOnlySpan<byte> ReadEncoded()
    {
        var start = Position;
        Skip();
        return _bytes[start..Position];
    }

    /// <summary>Reads the descriptor of a described value, where it is a number.</summary>
    public ulong ReadDescriptor()
    {
        if (ReadByte() != AmqpCode.Described)
            throw Malformed("A described value was expected.");
        return ReadByte() switch
        {
            AmqpCode.SmallULong => ReadByte(),
            AmqpCode.ULong0 => 0,
            AmqpCode.ULong => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
            _ => throw Malformed("Descriptors other than numbers are not supported."),
        };
    }

    /// <summary>Reads the head of a list. Its elements follow.</summary>
    /// <returns>How many there are.</returns>
    public int ReadListHead() =>
        ReadByte() switch
        {
            AmqpCode.List0 => 0,
            AmqpCode.List8 => ReadHead(wide: false),
            AmqpCode.List32 => ReadHead(wide: true),
            _ => throw Malformed("A list was expected."),
        };

    /// <summary>Reads the head of a map. Its keys and values follow in turn.</summary>
    /// <returns>How many keys and values there are together.</returns>
    public int ReadMapHead()
    {
        var count = ReadByte() switch
        {
            AmqpCode.Map8 => ReadHead(wide: false),
            AmqpCode.Map32 => ReadHead(wide: true),
            _ => throw Malformed("A map was expected."),
        };
        return count % 2 == 0 ? count : throw Malformed("A map has a key without a value.");
    }

    public ReadOnlySpan<byte> ReadBinary() =>
        ReadByte() switch
        {
            AmqpCode.Binary8 => Take(ReadByte()),
            AmqpCode.Binary32 => Take(ReadSize()),
            _ => throw Malformed("Binary data was expected."),
        };

    /// <summary>Reads a string or a symbol; a value of another type is skipped.</summary>
    public string? ReadText()
    {
        switch (Peek())
        {
            case AmqpCode.String8 or AmqpCode.Symbol8:
                Position++;
                return Encoding.UTF8.GetString(Take(ReadByte()));
            case AmqpCode.String32 or AmqpCode.Symbol32:
                Position++;
                return Encoding.UTF8.GetString(Take(ReadSize()));
            default:
                Skip();
                return null;
        }
    }

    /// <summary>
    /// Reads a message id, which may be a text, a number, a UUID or binary, as one text; null where there is none.
    /// </summary>
    public string? ReadId()
    {
        switch (Peek())
        {
            case AmqpCode.Null:
                Position++;
                return null;
            case AmqpCode.String8 or AmqpCode.String32:
                return ReadText();
            default:
                return Convert.ToHexString(ReadEncoded());
        }
    }

    /// <summary>Reads a uint; a value of another type is skipped.</summary>
    public uint? ReadUInt()
    {
        switch (Peek())
        {
            case AmqpCode.UInt0:
                Position++;
                return 0;
            case AmqpCode.SmallUInt:
                Position++;
                return ReadByte();
            case AmqpCode.UInt:
                Position++;
                return BinaryPrimitives.ReadUInt32BigEndian(Take(4));
            default:
                Skip();
                return null;
        }
    }

    /// <summary>Reads a boolean; a value of another type is skipped.</summary>
    public bool? ReadBoolean()
    {
        switch (Peek())
        {
            case AmqpCode.True:
                Position++;
                return true;
            case AmqpCode.False:
                Position++;
                return false;
            case AmqpCode.Boolean:
                Position++;
                return ReadByte() != 0;
            default:
                Skip();
                return null;
        }
    }

    /// <summary>Reads a timestamp, in milliseconds since 1970; a value of another type is skipped.</summary>
    public long? ReadTimestamp()
    {
        if (Peek() != AmqpCode.Timestamp)
        {
            Skip();
            return null;
        }
        Position++;
        return BinaryPrimitives.ReadInt64BigEndian(Take(8));
    }

    private void Skip(int depth)
    {
        if (depth > MaxDepth)
            throw Malformed("Values are nested too deeply.");
        var code = ReadByte();
        if (code == AmqpCode.Described)
        {
            Skip(depth + 1);
            Skip(depth + 1);
            return;
        }
        SkipContent(code, depth);
    }

    // The first half of a code says how its content is laid out.
    private void SkipContent(byte code, int depth)
    {
        switch (code >> 4)
        {
            case 0x4:
                break;
            case >= 0x5 and <= 0x9:
                Take(1 << ((code >> 4) - 5));
                break;
            case 0xA:
                Take(ReadByte());
                break;
            case 0xB:
                Take(ReadSize());
                break;
            case 0xC or 0xD:
                SkipCompound(code >> 4 == 0xD, depth);
                break;
            case 0xE or 0xF:
                SkipArray(code >> 4 == 0xF, depth);
                break;
            default:
                throw Malformed($"No value has the code {code:x2}.");
        }
    }

    private void SkipCompound(bool wide, int depth)
    {
        var end = ReadEnd(wide);
        for (var left = wide ? ReadCount() : ReadByte(); left > 0; left--)
        {
            if (Position >= end)
                throw Malformed("A list or map has fewer elements than it says.");
            Skip(depth + 1);
        }
        if (Position != end)
            throw Malformed("A list or map does not have the size that it says.");
    }

    private void SkipArray(bool wide, int depth)
    {
        var end = ReadEnd(wide);
        var count = wide ? ReadCount() : ReadByte();
        var code = ReadByte();
        if (code == AmqpCode.Described)
        {
            Skip(depth + 1);
            code = ReadByte();
        }
        if (code >> 4 == 0x4 && count > MaxEmptyElements)
            throw Malformed("An array has too many elements.");
        if (depth >= MaxDepth)
            throw Malformed("Values are nested too deeply.");
        for (; count > 0; count--)
            SkipContent(code, depth + 1);
        if (Position != end)
            throw Malformed("An array does not have the size that it says.");
    }

    private int ReadHead(bool wide)
    {
        ReadEnd(wide);
        var count = wide ? ReadCount() : ReadByte();
        return count <= _bytes.Length ? (int)count : throw Malformed("A list or map has fewer elements than it says.");
    }

    private int ReadEnd(bool wide)
    {
        var size = wide ? ReadSize() : ReadByte();
        return size <= _bytes.Length - Position ? Position + size : throw Malformed("The bytes end within a value.");
    }

    private uint ReadCount() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    private int ReadSize()
    {
        var size = BinaryPrimitives.ReadUInt32BigEndian(Take(4));
        return size <= int.MaxValue ? (int)size : throw Malformed("The bytes end within a value.");
    }

    private readonly byte Peek() =>
        AtEnd ? throw Malformed("The bytes end where a value was expected.") : _bytes[Position];

    private byte ReadByte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _bytes.Length - Position)
            throw Malformed("The bytes end within a value.");
        Position += length;
        return _bytes.Slice(Position - length, length);
    }

    private static InvalidDataException Malformed(string why) => new(why);
}
