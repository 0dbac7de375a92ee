// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>A message to send.</summary>
public class ServiceBusMessage
{
    private const int MaxIdLength = 128;
    private string _messageId;
    private string _partitionKey;
    private string _transactionPartitionKey;
    private string _sessionId;
    private string _replyToSessionId;
    private TimeSpan _timeToLive = TimeSpan.MaxValue;

    public ServiceBusMessage()
        : this(default(ReadOnlyMemory<byte>))
    {
    }

    /// <summary>A message whose body is <paramref name="body"/> in UTF-8.</summary>
    public ServiceBusMessage(string body)
        : this(new BinaryData(body))
    {
    }

    public ServiceBusMessage(ReadOnlyMemory<byte> body)
        : this(BinaryData.FromBytes(body))
    {
    }

    public ServiceBusMessage(BinaryData body) => Body = body;

    /// <summary>
    /// A copy of a received message to send again. What the queue added stays behind; <see cref="MessageId"/> stays,
    /// so that a queue with duplicate detection may drop the copy.
    /// </summary>
    public ServiceBusMessage(ServiceBusReceivedMessage receivedMessage)
    {
        ArgumentNullException.ThrowIfNull(receivedMessage);
        var content = receivedMessage.Content;
        Body = new BinaryData(content.Body);
        foreach (var (name, value) in content.Properties)
            if (name is not (MessagePayload.DeadLetterReason or MessagePayload.DeadLetterErrorDescription))
                ApplicationProperties[name] = value;
        ContentType = content.ContentType;
        CorrelationId = content.CorrelationId;
        Subject = content.Subject;
        To = content.To;
        ReplyTo = content.ReplyTo;
        ScheduledEnqueueTime = receivedMessage.ScheduledEnqueueTime;
        _messageId = content.MessageId;
        _partitionKey = content.PartitionKey;
        _transactionPartitionKey = content.TransactionPartitionKey;
        _sessionId = content.SessionId;
        _replyToSessionId = content.ReplyToSessionId;
        _timeToLive = content.TimeToLive;
    }

    public BinaryData Body { get; set; }

    /// <summary>Identifies the message to its application and to duplicate detection; 1 to 128 characters.</summary>
    public string MessageId
    {
        get => _messageId;
        set
        {
            if (string.IsNullOrEmpty(value) || value.Length > MaxIdLength)
                throw new ArgumentException($"The MessageId must have 1 to {MaxIdLength} characters.", nameof(MessageId));
            _messageId = value;
        }
    }

    public string PartitionKey
    {
        get => _partitionKey;
        set
        {
            CheckLength(value, nameof(PartitionKey));
            if (value is not null && _sessionId is not null && value != _sessionId)
                throw new ArgumentOutOfRangeException(nameof(PartitionKey), "PartitionKey must equal SessionId where both are set.");
            _partitionKey = value;
        }
    }

    public string TransactionPartitionKey
    {
        get => _transactionPartitionKey;
        set
        {
            CheckLength(value, nameof(TransactionPartitionKey));
            _transactionPartitionKey = value;
        }
    }

    public string SessionId
    {
        get => _sessionId;
        set
        {
            CheckLength(value, nameof(SessionId));
            if (value is not null && _partitionKey is not null && value != _partitionKey)
                throw new ArgumentOutOfRangeException(nameof(SessionId), "SessionId must equal PartitionKey where both are set.");
            _sessionId = value;
        }
    }

    public string ReplyToSessionId
    {
        get => _replyToSessionId;
        set
        {
            CheckLength(value, nameof(ReplyToSessionId));
            _replyToSessionId = value;
        }
    }

    /// <summary>How long after its enqueueing the message expires; at most the queue's default, which a longer one is cut to.</summary>
    public TimeSpan TimeToLive
    {
        get => _timeToLive;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, nameof(TimeToLive));
            _timeToLive = value;
        }
    }

    public string CorrelationId { get; set; }

    public string Subject { get; set; }

    public string To { get; set; }

    public string ContentType { get; set; }

    public string ReplyTo { get; set; }

    /// <summary>When the message becomes receivable; now where it lies in the past.</summary>
    public DateTimeOffset ScheduledEnqueueTime { get; set; }

    /// <summary>The application's own properties: primitives, string, Guid, Uri, DateTime, DateTimeOffset, TimeSpan, decimal.</summary>
    public IDictionary<string, object> ApplicationProperties { get; } = new Dictionary<string, object>();

    /// <inheritdoc/>
    public override string ToString() => $"{{MessageId:{MessageId}}}";

    private static void CheckLength(string value, string name)
    {
        if (value is not null && value.Length > MaxIdLength)
            throw new ArgumentException($"{name} must have at most {MaxIdLength} characters.", name);
    }
}
