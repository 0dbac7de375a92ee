namespace Serverless.Local.Messaging;

/// <summary>What clients are told of a message's state: numbers of the protocol.</summary>
internal enum MessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

/// <summary>
/// A message as a receiver gets to see it, at one moment. Made under the queue's lock; encoded outside.
/// </summary>
internal sealed record ShownMessage(
    MessageContent Content,
    long SequenceNumber,
    long EnqueuedTicks,
    int FailedDeliveries,
    MessageState State,
    Guid LockToken,
    long LockedUntilTicks,
    string? DeadLetterSource
)
{
    private const int Overhead = 256;

    /// <param name="locked">Peeking, and receiving without a lock, tell of none.</param>
    public static ShownMessage Of(QueuedMessage message, string queue, bool locked) =>
        new(
            message.Content,
            message.SequenceNumber,
            message.EnqueuedTicks,
            message.FailedDeliveries,
            message switch
            {
                { Place: MessagePlace.Scheduled } => MessageState.Scheduled,
                { IsDeferred: true } => MessageState.Deferred,
                _ => MessageState.Active,
            },
            locked ? message.LockToken : Guid.Empty,
            locked ? message.LockedUntilTicks : 0,
            message.IsDeadLetter ? queue : null
        );

    /// <summary>
    /// The message in AMQP's encoding: the queue's header and annotations, and what the sender sent.
    /// </summary>
    public ArraySegment<byte> Encode()
    {
        var writer = new AmqpWriter(Content.SizeInBytes + Overhead);
        WriteHeader(writer);
        WriteAnnotations(writer);
        writer.WriteRaw(Content.Properties);
        writer.WriteRaw(Content.ApplicationProperties);
        writer.WriteRaw(Content.Body);
        return new ArraySegment<byte>(writer.Buffer, 0, writer.Length);
    }

    private void WriteHeader(AmqpWriter writer)
    {
        writer.WriteDescriptor(AmqpSection.Header);
        var list = writer.BeginList();
        writer.WriteBoolean(true); // durable
        writer.WriteNull(); // priority
        if (Content.TimeToLive.TotalMilliseconds <= uint.MaxValue)
            writer.WriteUInt((uint)Content.TimeToLive.TotalMilliseconds);
        else
            writer.WriteNull();
        writer.WriteBoolean(false); // first acquirer
        writer.WriteUInt((uint)FailedDeliveries);
        writer.End(list, 5);
    }

    private void WriteAnnotations(AmqpWriter writer)
    {
        writer.WriteDescriptor(AmqpSection.MessageAnnotations);
        var map = writer.BeginMap();
        writer.WriteRaw(Content.Annotations);
        var count = Content.AnnotationCount;
        writer.WriteSymbol(MessageAnnotation.SequenceNumber);
        writer.WriteLong(SequenceNumber);
        writer.WriteSymbol(MessageAnnotation.EnqueuedTime);
        writer.WriteTimestamp(EnqueuedTicks);
        writer.WriteSymbol(MessageAnnotation.State);
        writer.WriteInt((int)State);
        count += 6;
        if (LockedUntilTicks != 0)
        {
            writer.WriteSymbol(MessageAnnotation.LockedUntil);
            writer.WriteTimestamp(LockedUntilTicks);
            count += 2;
        }
        if (DeadLetterSource is not null)
        {
            writer.WriteSymbol(MessageAnnotation.DeadLetterSource);
            writer.WriteString(DeadLetterSource);
            count += 2;
        }
        writer.End(map, count);
    }
}
