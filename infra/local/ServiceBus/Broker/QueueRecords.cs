using System.Text;

namespace Serverless.Local.Messaging;

/// <summary>
/// How a queue's changes are written to the journal and applied again. A record: kind (1 byte), queue name, then what
/// the kind needs.
/// </summary>
internal static class QueueRecords
{
    /// <summary>Numbers in a file: never reuse one.</summary>
    private enum Kind : byte
    {
        // 1, 4, 6, 7 and 8 are what 11 to 15 were before contents were kept as AMQP's bytes.
        Activated = 2,
        Delivered = 3,
        Removed = 5,
        LastSequenceNumber = 9,
        Seen = 10,
        Sent = 11,
        Released = 12,
        Deferred = 13,
        DeadLettered = 14,
        Message = 15,
        Returned = 16,
    }

    /// <summary>Messages of one send: all or none of them survive.</summary>
    public static byte[] Sent(string queue, long now, IReadOnlyList<QueuedMessage> messages) =>
        Write(
            Kind.Sent,
            queue,
            writer =>
            {
                writer.Write(now);
                writer.Write7BitEncodedInt(messages.Count);
                foreach (var message in messages)
                {
                    writer.Write7BitEncodedInt64(message.SequenceNumber);
                    writer.Write(message.Place == MessagePlace.Scheduled);
                    ContentFormat.Write(writer, message.Content);
                }
            }
        );

    public static byte[] Activated(string queue, long scheduledNumber, long sequenceNumber, long now) =>
        Write(
            Kind.Activated,
            queue,
            writer =>
            {
                writer.Write7BitEncodedInt64(scheduledNumber);
                writer.Write7BitEncodedInt64(sequenceNumber);
                writer.Write(now);
            }
        );

    public static byte[] Delivered(string queue, long sequenceNumber) =>
        Write(Kind.Delivered, queue, writer => writer.Write7BitEncodedInt64(sequenceNumber));

    public static byte[] Removed(string queue, long sequenceNumber) =>
        Write(Kind.Removed, queue, writer => writer.Write7BitEncodedInt64(sequenceNumber));

    /// <summary>A delivery that did not come about.</summary>
    public static byte[] Returned(string queue, long sequenceNumber) =>
        Write(Kind.Returned, queue, writer => writer.Write7BitEncodedInt64(sequenceNumber));

    public static byte[] Released(string queue, QueuedMessage message, MessageContent content) =>
        WithProperties(Kind.Released, queue, message, content);

    public static byte[] Deferred(string queue, QueuedMessage message, MessageContent content) =>
        WithProperties(Kind.Deferred, queue, message, content);

    public static byte[] DeadLettered(string queue, QueuedMessage message, MessageContent content) =>
        WithProperties(Kind.DeadLettered, queue, message, content);

    /// <summary>
    /// Records that make this state from nothing. A message that is locked now has lost that delivery by the time they
    /// are read.
    /// </summary>
    public static IEnumerable<byte[]> Snapshot(string queue, QueueState state)
    {
        yield return Write(
            Kind.LastSequenceNumber,
            queue,
            writer => writer.Write7BitEncodedInt64(state.LastSequenceNumber)
        );
        foreach (var (messageId, ticks) in state.Seen)
            yield return Write(
                Kind.Seen,
                queue,
                writer =>
                {
                    writer.Write(messageId);
                    writer.Write(ticks);
                }
            );
        foreach (var message in state.Messages)
            yield return Write(
                Kind.Message,
                queue,
                writer =>
                {
                    var interrupted = message.Place == MessagePlace.Locked;
                    var placeAgain = message.IsDeferred ? MessagePlace.Deferred : MessagePlace.Active;
                    var place = interrupted ? placeAgain : message.Place;
                    writer.Write7BitEncodedInt64(message.SequenceNumber);
                    writer.Write(message.EnqueuedTicks);
                    writer.Write7BitEncodedInt(message.FailedDeliveries + (interrupted ? 1 : 0));
                    writer.Write((byte)place);
                    writer.Write(message.IsDeadLetter);
                    ContentFormat.Write(writer, message.Content);
                }
            );
    }

    /// <summary>Applies one record to the queue that it names.</summary>
    public static void Replay(ReadOnlySpan<byte> record, Func<string, QueueState> queue)
    {
        using var reader = new BinaryReader(new MemoryStream(record.ToArray()), Encoding.UTF8);
        var kind = (Kind)reader.ReadByte();
        if (!Enum.IsDefined(kind))
            throw new InvalidDataException(
                $"This version does not know the journal's records of kind {(int)kind}. Start with an empty folder."
            );
        var state = queue(reader.ReadString());
        switch (kind)
        {
            case Kind.Sent:
                ReplaySent(reader, state);
                break;
            case Kind.Message:
                ReplayMessage(reader, state);
                break;
            case Kind.LastSequenceNumber:
                state.LastSequenceNumber = reader.Read7BitEncodedInt64();
                break;
            case Kind.Seen:
                state.See(reader.ReadString(), reader.ReadInt64());
                break;
            default:
                ReplayChange(kind, reader, state);
                break;
        }
    }

    private static void ReplaySent(BinaryReader reader, QueueState state)
    {
        var now = reader.ReadInt64();
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var message = new QueuedMessage
            {
                SequenceNumber = reader.Read7BitEncodedInt64(),
                EnqueuedTicks = now,
                Place = reader.ReadBoolean() ? MessagePlace.Scheduled : MessagePlace.Active,
                Content = ContentFormat.Read(reader),
            };
            if (state.Settings.RequiresDuplicateDetection && message.Content.MessageId is { } messageId)
                state.See(messageId, now);
            state.Add(message);
        }
    }

    private static void ReplayMessage(BinaryReader reader, QueueState state)
    {
        var message = new QueuedMessage
        {
            SequenceNumber = reader.Read7BitEncodedInt64(),
            EnqueuedTicks = reader.ReadInt64(),
            FailedDeliveries = reader.Read7BitEncodedInt(),
            Place = (MessagePlace)reader.ReadByte(),
            IsDeadLetter = reader.ReadBoolean(),
            Content = ContentFormat.Read(reader),
        };
        message.IsDeferred = message.Place == MessagePlace.Deferred;
        state.Add(message);
    }

    private static void ReplayChange(Kind kind, BinaryReader reader, QueueState state)
    {
        var number = reader.Read7BitEncodedInt64();
        var message =
            state.Find(number)
            ?? throw new InvalidDataException(
                $"The journal changes message {number} of {state.Settings.Name}, which is not there."
            );
        switch (kind)
        {
            case Kind.Activated:
                state.Activate(message, reader.Read7BitEncodedInt64(), reader.ReadInt64());
                break;
            case Kind.Delivered:
                // Its lock ended with its process; which token it had no longer matters.
                state.Lock(message, Guid.NewGuid(), long.MaxValue, holder: null);
                break;
            case Kind.Removed:
                state.Remove(message);
                break;
            case Kind.Returned:
                state.Return(message);
                break;
            case Kind.Released:
                state.Release(message, Properties(reader, message.Content));
                break;
            case Kind.Deferred:
                state.Defer(message, Properties(reader, message.Content));
                break;
            case Kind.DeadLettered:
                state.DeadLetter(message, Properties(reader, message.Content));
                break;
            default:
                throw new InvalidDataException($"A record of the kind {kind} changes no message.");
        }
    }

    private static byte[] WithProperties(Kind kind, string queue, QueuedMessage message, MessageContent content) =>
        Write(
            kind,
            queue,
            writer =>
            {
                writer.Write7BitEncodedInt64(message.SequenceNumber);
                var changed = !ReferenceEquals(content, message.Content);
                writer.Write(changed);
                if (changed)
                    ContentFormat.WriteBytes(writer, content.ApplicationProperties);
            }
        );

    private static MessageContent Properties(BinaryReader reader, MessageContent content) =>
        reader.ReadBoolean() ? content with { ApplicationProperties = ContentFormat.ReadBytes(reader) } : content;

    private static byte[] Write(Kind kind, string queue, Action<BinaryWriter> fields)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write((byte)kind);
        writer.Write(queue);
        fields(writer);
        writer.Flush();
        return stream.ToArray();
    }
}
