namespace Serverless.Local.Messaging;

/// <summary>
/// What a sender put into a message, as AMQP's bytes: sections go out as they came in, whatever types and kinds of
/// body they hold. Never changes, so that a queue and its receivers share one.
/// </summary>
internal sealed record MessageContent
{
    public const string DeadLetterReason = "DeadLetterReason";
    public const string DeadLetterErrorDescription = "DeadLetterErrorDescription";

    /// <summary>A transfer with this format carries one whole message in each of its data sections.</summary>
    public const uint BatchFormat = 0x80013700;

    private const int MessageIdField = 0;
    private const int SubjectField = 3;
    private const int TimeToLiveField = 2;

    /// <summary>The sender's message annotations: keys and values in turn, without a head.</summary>
    public byte[] Annotations { get; init; } = [];

    /// <summary>How many keys and values <see cref="Annotations"/> holds together.</summary>
    public int AnnotationCount { get; init; }

    /// <summary>The section of that name, empty where there is none.</summary>
    public byte[] Properties { get; init; } = [];

    /// <summary>The section of that name, empty where there is none.</summary>
    public byte[] ApplicationProperties { get; init; } = [];

    /// <summary>The sections of the body and the footer.</summary>
    public byte[] Body { get; init; } = [];

    public TimeSpan TimeToLive { get; init; } = TimeSpan.MaxValue;

    /// <summary>When the sender wants it to become active; 0 where it named no time.</summary>
    public long ScheduledTicks { get; init; }

    public string? MessageId { get; init; }

    public string? Subject => PropertyField(Properties, SubjectField);

    public int SizeInBytes => Annotations.Length + Properties.Length + ApplicationProperties.Length + Body.Length;

    /// <summary>Reads a transfer: one message, or a batch of them.</summary>
    /// <exception cref="InvalidDataException">It is not well formed.</exception>
    public static IReadOnlyList<MessageContent> ParseTransfer(ReadOnlySpan<byte> bytes, uint format)
    {
        if (format != BatchFormat)
            return [Parse(bytes)];
        var messages = new List<MessageContent>();
        var reader = new AmqpReader(bytes);
        while (!reader.AtEnd)
        {
            if (reader.ReadDescriptor() == AmqpSection.Data)
                messages.Add(Parse(reader.ReadBinary()));
            else
                reader.Skip();
        }
        return messages;
    }

    /// <summary>Reads one message.</summary>
    /// <exception cref="InvalidDataException">It is not well formed.</exception>
    public static MessageContent Parse(ReadOnlySpan<byte> bytes)
    {
        var content = new MessageContent();
        var reader = new AmqpReader(bytes);
        while (!reader.AtEnd)
        {
            var start = reader.Position;
            var descriptor = reader.ReadDescriptor();
            var value = reader.ReadEncoded();
            var section = bytes[start..reader.Position];
            switch (descriptor)
            {
                case AmqpSection.Header:
                    content = content with { TimeToLive = ReadTimeToLive(value) };
                    break;
                case AmqpSection.DeliveryAnnotations:
                    break;
                case AmqpSection.MessageAnnotations:
                    content = content.WithAnnotations(value);
                    break;
                case AmqpSection.Properties:
                    content = content with
                    {
                        Properties = section.ToArray(),
                        MessageId = PropertyField(section, MessageIdField),
                    };
                    break;
                case AmqpSection.ApplicationProperties:
                    new AmqpReader(value).ReadMapHead();
                    content = content with { ApplicationProperties = section.ToArray() };
                    break;
                case AmqpSection.Data or AmqpSection.Sequence or AmqpSection.Value or AmqpSection.Footer:
                    // The body comes last but for the footer, and may have several sections.
                    return CheckBody(bytes[start..]) ? content with { Body = bytes[start..].ToArray() } : content;
                default:
                    throw new InvalidDataException($"A message has no section {descriptor:x}.");
            }
        }
        return content;
    }

    /// <summary>The content that was read earlier, from its parts.</summary>
    public static MessageContent FromParts(
        byte[] annotations,
        int annotationCount,
        byte[] properties,
        byte[] applicationProperties,
        byte[] body,
        TimeSpan timeToLive,
        long scheduledTicks
    ) =>
        new()
        {
            Annotations = annotations,
            AnnotationCount = annotationCount,
            Properties = properties,
            ApplicationProperties = applicationProperties,
            Body = body,
            TimeToLive = timeToLive,
            ScheduledTicks = scheduledTicks,
            MessageId = PropertyField(properties, MessageIdField),
        };

    /// <summary>
    /// This content with some application properties set anew, as abandoning, deferring and dead-lettering may.
    /// </summary>
    /// <param name="changes">Names, and values in AMQP's encoding.</param>
    public MessageContent With(IReadOnlyDictionary<string, byte[]> changes)
    {
        if (changes.Count == 0)
            return this;
        var writer = new AmqpWriter(
            ApplicationProperties.Length + changes.Sum(change => change.Key.Length + change.Value.Length + 8) + 16
        );
        writer.WriteDescriptor(AmqpSection.ApplicationProperties);
        var map = writer.BeginMap();
        var count = 0;
        if (ApplicationProperties.Length > 0)
        {
            var reader = new AmqpReader(ApplicationProperties);
            reader.ReadDescriptor();
            for (var left = reader.ReadMapHead(); left > 0; left -= 2)
            {
                var name = reader.ReadText();
                var value = reader.ReadEncoded();
                if (name is null || changes.ContainsKey(name))
                    continue;
                writer.WriteString(name);
                writer.WriteRaw(value);
                count += 2;
            }
        }
        foreach (var (name, value) in changes)
        {
            writer.WriteString(name);
            writer.WriteRaw(value);
            count += 2;
        }
        writer.End(map, count);
        return this with { ApplicationProperties = writer.ToArray() };
    }

    /// <summary>An application property that is a text.</summary>
    public string? ApplicationProperty(string name)
    {
        if (ApplicationProperties.Length == 0)
            return null;
        var reader = new AmqpReader(ApplicationProperties);
        reader.ReadDescriptor();
        for (var left = reader.ReadMapHead(); left > 0; left -= 2)
        {
            if (reader.ReadText() == name)
                return reader.ReadText();
            reader.Skip();
        }
        return null;
    }

    private static bool CheckBody(ReadOnlySpan<byte> sections)
    {
        var reader = new AmqpReader(sections);
        while (!reader.AtEnd)
        {
            if (reader.ReadDescriptor() is < AmqpSection.Data or > AmqpSection.Footer)
                throw new InvalidDataException("A message's sections are out of order.");
            reader.Skip();
        }
        return true;
    }

    private MessageContent WithAnnotations(ReadOnlySpan<byte> map)
    {
        var reader = new AmqpReader(map);
        var kept = new AmqpWriter(map.Length);
        var count = 0;
        var scheduled = 0L;
        for (var left = reader.ReadMapHead(); left > 0; left -= 2)
        {
            var start = reader.Position;
            var name = reader.ReadText();
            if (name == MessageAnnotation.ScheduledEnqueueTime)
                scheduled = Ticks(new AmqpReader(map[reader.Position..]).ReadTimestamp());
            reader.Skip();
            if (MessageAnnotation.IsSetByQueue(name))
                continue;
            kept.WriteRaw(map[start..reader.Position]);
            count += 2;
        }
        return this with { Annotations = kept.ToArray(), AnnotationCount = count, ScheduledTicks = scheduled };
    }

    private static TimeSpan ReadTimeToLive(ReadOnlySpan<byte> header)
    {
        var reader = new AmqpReader(header);
        var fields = reader.ReadListHead();
        for (var field = 0; field < fields && field < TimeToLiveField; field++)
            reader.Skip();
        return fields > TimeToLiveField && reader.ReadUInt() is { } milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : TimeSpan.MaxValue;
    }

    private static string? PropertyField(ReadOnlySpan<byte> section, int number)
    {
        if (section.IsEmpty)
            return null;
        var reader = new AmqpReader(section);
        reader.ReadDescriptor();
        var fields = reader.ReadListHead();
        for (var field = 0; field < fields && field < number; field++)
            reader.Skip();
        return fields > number ? reader.ReadId() : null;
    }

    private static long Ticks(long? milliseconds)
    {
        const long perMillisecond = TimeSpan.TicksPerMillisecond;
        if (milliseconds is not { } since1970)
            return 0;
        var epoch = DateTime.UnixEpoch.Ticks;
        return epoch + Math.Clamp(since1970, 0, (DateTime.MaxValue.Ticks - epoch) / perMillisecond) * perMillisecond;
    }
}
