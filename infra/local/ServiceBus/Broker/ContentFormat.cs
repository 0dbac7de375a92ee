namespace Serverless.Local.Messaging;

/// <summary>A message's content in the journal.</summary>
internal static class ContentFormat
{
    public static void Write(BinaryWriter writer, MessageContent content)
    {
        writer.Write(content.TimeToLive.Ticks);
        writer.Write(content.ScheduledTicks);
        writer.Write7BitEncodedInt(content.AnnotationCount);
        WriteBytes(writer, content.Annotations);
        WriteBytes(writer, content.Properties);
        WriteBytes(writer, content.ApplicationProperties);
        WriteBytes(writer, content.Body);
    }

    public static MessageContent Read(BinaryReader reader)
    {
        var timeToLive = new TimeSpan(reader.ReadInt64());
        var scheduledTicks = reader.ReadInt64();
        var annotationCount = reader.Read7BitEncodedInt();
        return MessageContent.FromParts(
            annotations: ReadBytes(reader),
            annotationCount,
            properties: ReadBytes(reader),
            applicationProperties: ReadBytes(reader),
            body: ReadBytes(reader),
            timeToLive,
            scheduledTicks
        );
    }

    public static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    public static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.Read7BitEncodedInt());
}
