// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message as a queue handed it out.</summary>
public class ServiceBusReceivedMessage
{
    internal ServiceBusReceivedMessage(MessagePayload content) => Content = content;

    internal MessagePayload Content { get; }

    internal Guid LockTokenGuid { get; init; }

    /// <summary>Set while and once its receiver settles it, so that a processor does not settle it again.</summary>
    internal bool IsSettled { get; set; }

    public BinaryData Body => new(Content.Body);

    public string MessageId => Content.MessageId;

    public string PartitionKey => Content.PartitionKey;

    public string TransactionPartitionKey => Content.TransactionPartitionKey;

    public string SessionId => Content.SessionId;

    public string ReplyToSessionId => Content.ReplyToSessionId;

    public TimeSpan TimeToLive => Content.TimeToLive;

    public string CorrelationId => Content.CorrelationId;

    public string Subject => Content.Subject;

    public string To => Content.To;

    public string ContentType => Content.ContentType;

    public string ReplyTo => Content.ReplyTo;

    public DateTimeOffset ScheduledEnqueueTime { get; internal init; }

    public IReadOnlyDictionary<string, object> ApplicationProperties => Content.Properties;

    public string LockToken => LockTokenGuid.ToString();

    /// <summary>How often the message has been handed out, this time included.</summary>
    public int DeliveryCount { get; internal init; }

    public DateTimeOffset LockedUntil { get; internal set; }

    /// <summary>Unique and rising within its queue.</summary>
    public long SequenceNumber { get; internal init; } = -1;

    public string DeadLetterSource { get; internal init; }

    public long EnqueuedSequenceNumber { get; internal init; }

    public DateTimeOffset EnqueuedTime { get; internal init; }

    public DateTimeOffset ExpiresAt =>
        TimeToLive >= DateTimeOffset.MaxValue - EnqueuedTime ? DateTimeOffset.MaxValue : EnqueuedTime + TimeToLive;

    public string DeadLetterReason => Content.Properties.GetValueOrDefault(MessagePayload.DeadLetterReason) as string;

    public string DeadLetterErrorDescription => Content.Properties.GetValueOrDefault(MessagePayload.DeadLetterErrorDescription) as string;

    public ServiceBusMessageState State { get; internal init; }

    /// <inheritdoc/>
    public override string ToString() => $"{{MessageId:{MessageId}}}";
}
