namespace Serverless.Local.Messaging;

/// <summary>A message's content in the journal.</summary>
internal static class PayloadFormat
{
    /// <summary>Numbers in a file: never reuse one.</summary>
    private enum Tag : byte
    {
        Null,
        Boolean,
        Byte,
        SByte,
        Char,
        Int16,
        UInt16,
        Int32,
        UInt32,
        Int64,
        UInt64,
        Single,
        Double,
        Decimal,
        String,
        Guid,
        Uri,
        DateTime,
        DateTimeOffset,
        TimeSpan,
    }

    public static void Write(BinaryWriter writer, MessagePayload payload)
    {
        writer.Write7BitEncodedInt(payload.Body.Length);
        writer.Write(payload.Body);
        writer.Write(payload.TimeToLive.Ticks);
        WriteText(writer, payload.MessageId);
        WriteText(writer, payload.PartitionKey);
        WriteText(writer, payload.TransactionPartitionKey);
        WriteText(writer, payload.SessionId);
        WriteText(writer, payload.ReplyToSessionId);
        WriteText(writer, payload.CorrelationId);
        WriteText(writer, payload.Subject);
        WriteText(writer, payload.To);
        WriteText(writer, payload.ContentType);
        WriteText(writer, payload.ReplyTo);
        WriteProperties(writer, payload.Properties);
    }

    public static MessagePayload Read(BinaryReader reader) => new()
    {
        Body = reader.ReadBytes(reader.Read7BitEncodedInt()),
        TimeToLive = new TimeSpan(reader.ReadInt64()),
        MessageId = ReadText(reader),
        PartitionKey = ReadText(reader),
        TransactionPartitionKey = ReadText(reader),
        SessionId = ReadText(reader),
        ReplyToSessionId = ReadText(reader),
        CorrelationId = ReadText(reader),
        Subject = ReadText(reader),
        To = ReadText(reader),
        ContentType = ReadText(reader),
        ReplyTo = ReadText(reader),
        Properties = ReadProperties(reader),
    };

    public static void WriteProperties(BinaryWriter writer, IReadOnlyDictionary<string, object?> properties)
    {
        writer.Write7BitEncodedInt(properties.Count);
        foreach (var (name, value) in properties)
        {
            writer.Write(name);
            WriteValue(writer, value);
        }
    }

    public static IReadOnlyDictionary<string, object?> ReadProperties(BinaryReader reader)
    {
        var count = reader.Read7BitEncodedInt();
        var properties = new Dictionary<string, object?>(count);
        for (; count > 0; count--)
            properties[reader.ReadString()] = ReadValue(reader);
        return properties;
    }

    private static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
            writer.Write(text);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static void WriteValue(BinaryWriter writer, object? value)
    {
        void As(Tag tag) => writer.Write((byte)tag);
        switch (value)
        {
            case null: As(Tag.Null); break;
            case bool x: As(Tag.Boolean); writer.Write(x); break;
            case byte x: As(Tag.Byte); writer.Write(x); break;
            case sbyte x: As(Tag.SByte); writer.Write(x); break;
            case char x: As(Tag.Char); writer.Write((ushort)x); break;
            case short x: As(Tag.Int16); writer.Write(x); break;
            case ushort x: As(Tag.UInt16); writer.Write(x); break;
            case int x: As(Tag.Int32); writer.Write(x); break;
            case uint x: As(Tag.UInt32); writer.Write(x); break;
            case long x: As(Tag.Int64); writer.Write(x); break;
            case ulong x: As(Tag.UInt64); writer.Write(x); break;
            case float x: As(Tag.Single); writer.Write(x); break;
            case double x: As(Tag.Double); writer.Write(x); break;
            case decimal x: As(Tag.Decimal); writer.Write(x); break;
            case string x: As(Tag.String); writer.Write(x); break;
            case Guid x: As(Tag.Guid); writer.Write(x.ToByteArray()); break;
            case Uri x: As(Tag.Uri); writer.Write(x.OriginalString); break;
            case DateTime x: As(Tag.DateTime); writer.Write(x.Ticks); break;
            case DateTimeOffset x: As(Tag.DateTimeOffset); writer.Write(x.UtcTicks); break;
            case TimeSpan x: As(Tag.TimeSpan); writer.Write(x.Ticks); break;
            default: throw new NotSupportedException($"A property of the type {value.GetType()} was let in.");
        }
    }

    private static object? ReadValue(BinaryReader reader) => (Tag)reader.ReadByte() switch
    {
        Tag.Null => null,
        Tag.Boolean => reader.ReadBoolean(),
        Tag.Byte => reader.ReadByte(),
        Tag.SByte => reader.ReadSByte(),
        Tag.Char => (char)reader.ReadUInt16(),
        Tag.Int16 => reader.ReadInt16(),
        Tag.UInt16 => reader.ReadUInt16(),
        Tag.Int32 => reader.ReadInt32(),
        Tag.UInt32 => reader.ReadUInt32(),
        Tag.Int64 => reader.ReadInt64(),
        Tag.UInt64 => reader.ReadUInt64(),
        Tag.Single => reader.ReadSingle(),
        Tag.Double => reader.ReadDouble(),
        Tag.Decimal => reader.ReadDecimal(),
        Tag.String => reader.ReadString(),
        Tag.Guid => new Guid(reader.ReadBytes(16)),
        Tag.Uri => new Uri(reader.ReadString(), UriKind.RelativeOrAbsolute),
        Tag.DateTime => new DateTime(reader.ReadInt64(), DateTimeKind.Utc),
        Tag.DateTimeOffset => new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
        Tag.TimeSpan => new TimeSpan(reader.ReadInt64()),
        var tag => throw new InvalidDataException($"The journal holds a property of the unknown type {tag}."),
    };
}
