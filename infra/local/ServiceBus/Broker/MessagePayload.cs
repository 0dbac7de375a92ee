using System.Runtime.Serialization;
using System.Text;
using Azure.Messaging.ServiceBus;

namespace Serverless.Local.Messaging;

/// <summary>What a sender put into a message. Never changes, so that a queue and its receivers share one.</summary>
internal sealed record MessagePayload
{
    public const string DeadLetterReason = "DeadLetterReason";
    public const string DeadLetterErrorDescription = "DeadLetterErrorDescription";

    /// <summary>About what AMQP adds to a message: section headers, annotations, delivery frame.</summary>
    private const int Overhead = 64;

    public byte[] Body { get; init; } = [];
    public string? MessageId { get; init; }
    public string? PartitionKey { get; init; }
    public string? TransactionPartitionKey { get; init; }
    public string? SessionId { get; init; }
    public string? ReplyToSessionId { get; init; }
    public TimeSpan TimeToLive { get; init; } = TimeSpan.MaxValue;
    public string? CorrelationId { get; init; }
    public string? Subject { get; init; }
    public string? To { get; init; }
    public string? ContentType { get; init; }
    public string? ReplyTo { get; init; }
    public IReadOnlyDictionary<string, object?> Properties { get; init; } = EmptyProperties;

    private static readonly Dictionary<string, object?> EmptyProperties = [];

    /// <summary>The size on the wire, to a few bytes.</summary>
    public int SizeInBytes =>
        Overhead + Body.Length + Length(MessageId) + Length(PartitionKey) + Length(TransactionPartitionKey) + Length(SessionId) + Length(ReplyToSessionId)
        + Length(CorrelationId) + Length(Subject) + Length(To) + Length(ContentType) + Length(ReplyTo)
        + Properties.Sum(property => Length(property.Key) + (property.Value is string text ? Length(text) : 9));

    /// <exception cref="SerializationException">An application property has a type that AMQP has no encoding for.</exception>
    public static MessagePayload From(ServiceBusMessage message) => new()
    {
        Body = message.Body?.ToArray() ?? [],
        MessageId = message.MessageId,
        PartitionKey = message.PartitionKey,
        TransactionPartitionKey = message.TransactionPartitionKey,
        SessionId = message.SessionId,
        ReplyToSessionId = message.ReplyToSessionId,
        TimeToLive = message.TimeToLive,
        CorrelationId = message.CorrelationId,
        Subject = message.Subject,
        To = message.To,
        ContentType = message.ContentType,
        ReplyTo = message.ReplyTo,
        Properties = message.ApplicationProperties.Count == 0
            ? EmptyProperties
            : message.ApplicationProperties.ToDictionary(property => property.Key, property => AsReceived(property.Value)),
    };

    /// <summary>This content with some properties set anew, as abandoning, deferring and dead-lettering may.</summary>
    public MessagePayload With(IEnumerable<KeyValuePair<string, object?>>? properties)
    {
        if (properties is null)
            return this;
        var merged = new Dictionary<string, object?>(Properties);
        foreach (var (name, value) in properties)
            merged[name] = AsReceived(value);
        return this with { Properties = merged };
    }

    private static int Length(string? text) => text is null ? 1 : 2 + Encoding.UTF8.GetByteCount(text);

    // AMQP knows instants, in milliseconds for DateTime and in ticks for DateTimeOffset, and no time zones.
    private static object? AsReceived(object? value) => value switch
    {
        DateTime time => new DateTime(time.ToUniversalTime().Ticks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond, DateTimeKind.Utc),
        DateTimeOffset time => time.ToUniversalTime(),
        null or bool or byte or sbyte or char or short or ushort or int or uint or long or ulong or float or double or decimal
            or string or Guid or Uri or TimeSpan => value,
        _ => throw new SerializationException($"Serialization operation failed due to unsupported type {value.GetType().FullName}."),
    };
}
