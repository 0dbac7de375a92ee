using DurableTask.Core;
using DurableTask.Core.History;
using Google.Protobuf;
using Serverless.Local.Durable.Wire;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable.Embedded;

/// <summary>
/// Records as bytes: the first says which, numbers are short where they are small, events are protobuf.
/// </summary>
internal static class StoreRecordCodec
{
    private enum Kind : byte
    {
        Created = 1,
        Arrived,
        Turn,
        ActivityEnded,
        Purged,
        Kept,
        ActivityKept,
    }

    public static byte[] Encode(StoreRecord record)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        switch (record)
        {
            case InstanceCreated created:
                writer.Write((byte)Kind.Created);
                Write(writer, created.Start);
                break;
            case MessageArrived arrived:
                writer.Write((byte)Kind.Arrived);
                Write(writer, arrived.Message);
                break;
            case TurnCommitted turn:
                writer.Write((byte)Kind.Turn);
                Write(writer, turn);
                break;
            case ActivityEnded ended:
                writer.Write((byte)Kind.ActivityEnded);
                writer.Write7BitEncodedInt64(ended.Activity);
                Write(writer, ended.Answer);
                break;
            case InstancesPurged purged:
                writer.Write((byte)Kind.Purged);
                WriteAll(writer, purged.Ids, (target, id) => target.Write(id));
                break;
            case InstanceKept kept:
                writer.Write((byte)Kind.Kept);
                Write(writer, kept);
                break;
            case ActivityKept kept:
                writer.Write((byte)Kind.ActivityKept);
                Write(writer, kept.Activity);
                break;
            default:
                throw new NotSupportedException($"{record.GetType().Name} is not a record of the store.");
        }
        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not a record of this version.</exception>
    public static StoreRecord Decode(ReadOnlySpan<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
        var kind = (Kind)reader.ReadByte();
        return kind switch
        {
            Kind.Created => new InstanceCreated(ReadMessage(reader)),
            Kind.Arrived => new MessageArrived(ReadMessage(reader)),
            Kind.Turn => ReadTurn(reader),
            Kind.ActivityEnded => new ActivityEnded(reader.Read7BitEncodedInt64(), ReadMessage(reader)),
            Kind.Purged => new InstancesPurged(ReadAll(reader, source => source.ReadString())),
            Kind.Kept => ReadKept(reader),
            Kind.ActivityKept => new ActivityKept(ReadMessage(reader)),
            _ => throw new InvalidDataException(
                $"The journal has a durable record of kind {kind}, which this version does not know."
            ),
        };
    }

    private static void Write(BinaryWriter writer, TurnCommitted turn)
    {
        writer.Write(turn.InstanceId);
        writer.Write(turn.Now.Ticks);
        writer.Write((byte)turn.Status);
        WriteText(writer, turn.CustomStatus);
        WriteText(writer, turn.Output);
        writer.Write(turn.IsNewGeneration);
        WriteAll(writer, turn.Events, Write);
        WriteAll(writer, turn.Consumed, (target, sequence) => target.Write7BitEncodedInt64(sequence));
        WriteAll(writer, turn.Activities, Write);
        WriteAll(writer, turn.Messages, Write);
        WriteAll(writer, turn.Timers, Write);
    }

    private static TurnCommitted ReadTurn(BinaryReader reader) =>
        new()
        {
            InstanceId = reader.ReadString(),
            Now = ReadTime(reader),
            Status = (OrchestrationStatus)reader.ReadByte(),
            CustomStatus = ReadText(reader),
            Output = ReadText(reader),
            IsNewGeneration = reader.ReadBoolean(),
            Events = ReadAll(reader, ReadEvent),
            Consumed = ReadAll(reader, source => source.Read7BitEncodedInt64()),
            Activities = ReadAll(reader, ReadMessage),
            Messages = ReadAll(reader, ReadMessage),
            Timers = ReadAll(reader, ReadMessage),
        };

    private static void Write(BinaryWriter writer, InstanceKept kept)
    {
        var state = kept.State;
        WriteProto(writer, state.ToProto(inputsAndOutputs: true));
        writer.Write(state.CompletedTime.Ticks);
        writer.Write(kept.MayRun);
        WriteAll(writer, kept.History, Write);
        WriteAll(writer, kept.Messages, Write);
    }

    private static InstanceKept ReadKept(BinaryReader reader)
    {
        var proto = P.OrchestrationState.Parser.ParseFrom(ReadBytes(reader));
        var state = new OrchestrationState
        {
            OrchestrationInstance = new OrchestrationInstance
            {
                InstanceId = proto.InstanceId,
                ExecutionId = proto.ExecutionId,
            },
            ParentInstance = proto.ParentInstanceId is not { Length: > 0 } parent
                ? null
                : new ParentInstance { OrchestrationInstance = new OrchestrationInstance { InstanceId = parent } },
            Name = proto.Name,
            Version = proto.Version,
            OrchestrationStatus = (OrchestrationStatus)proto.OrchestrationStatus,
            CreatedTime = proto.CreatedTimestamp.ToDateTime(),
            LastUpdatedTime = proto.LastUpdatedTimestamp.ToDateTime(),
            ScheduledStartTime = proto.ScheduledStartTimestamp?.ToDateTime(),
            Input = proto.Input,
            Output = proto.Output,
            Status = proto.CustomStatus,
            Tags = proto.Tags.ToCore(),
            CompletedTime = ReadTime(reader),
        };
        return new InstanceKept(state, reader.ReadBoolean(), ReadAll(reader, ReadEvent), ReadAll(reader, ReadMessage));
    }

    private static void Write(BinaryWriter writer, Message message)
    {
        writer.Write7BitEncodedInt64(message.Sequence);
        writer.Write(message.InstanceId);
        WriteText(writer, message.ExecutionId);
        writer.Write7BitEncodedInt64(message.Due?.Ticks ?? 0);
        Write(writer, message.Event);
    }

    private static Message ReadMessage(BinaryReader reader)
    {
        var sequence = reader.Read7BitEncodedInt64();
        var instanceId = reader.ReadString();
        var executionId = ReadText(reader);
        var due = reader.Read7BitEncodedInt64();
        return new Message(
            sequence,
            instanceId,
            executionId,
            ReadEvent(reader),
            due == 0 ? null : new DateTime(due, DateTimeKind.Utc)
        );
    }

    private static void Write(BinaryWriter writer, HistoryEvent item) => WriteProto(writer, item.ToProto());

    private static HistoryEvent ReadEvent(BinaryReader reader) =>
        P.HistoryEvent.Parser.ParseFrom(ReadBytes(reader)).ToCore();

    private static void WriteProto(BinaryWriter writer, IMessage message)
    {
        var bytes = message.ToByteArray();
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.Read7BitEncodedInt());

    private static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
            writer.Write(text);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static DateTime ReadTime(BinaryReader reader) => new(reader.ReadInt64(), DateTimeKind.Utc);

    private static void WriteAll<T>(BinaryWriter writer, IReadOnlyCollection<T> items, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(items.Count);
        foreach (var item in items)
            write(writer, item);
    }

    private static List<T> ReadAll<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        var items = new List<T>();
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            items.Add(read(reader));
        return items;
    }
}
