namespace Serverless.Local.Messaging;

/// <summary>What a status page shows of a queue.</summary>
/// <param name="NextDue">When the next scheduled message becomes active.</param>
/// <param name="Messages">
/// The newest messages of the queue and of its dead-letter queue, up to <see cref="MaxMessages"/> of each.
/// </param>
internal sealed record QueueStatus(
    string Name,
    int Active,
    int Locked,
    int Scheduled,
    DateTimeOffset? NextDue,
    int Deferred,
    int DeadLetters,
    IReadOnlyList<QueueMessageStatus> Messages
)
{
    public const int MaxMessages = 50;
}

/// <summary>What a status page shows of a message.</summary>
/// <param name="Place">Active, Locked, Scheduled, Deferred or DeadLetter.</param>
/// <param name="Due">When a scheduled message becomes active.</param>
/// <param name="DeliveryCount">Failed deliveries, and the one under way.</param>
internal sealed record QueueMessageStatus(
    string? MessageId,
    string? Subject,
    long SequenceNumber,
    string Place,
    DateTimeOffset Enqueued,
    DateTimeOffset? Due,
    int DeliveryCount,
    string? DeadLetterReason,
    string? DeadLetterErrorDescription
);

internal sealed partial class MessageQueue
{
    public QueueStatus Read()
    {
        lock (_lock)
        {
            var next = _state.NextScheduled;
            return new QueueStatus(
                Name,
                _state.Count(false, MessagePlace.Active),
                _state.Count(false, MessagePlace.Locked),
                _state.Count(false, MessagePlace.Scheduled),
                next is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
                _state.Count(false, MessagePlace.Deferred),
                Enum.GetValues<MessagePlace>().Sum(place => _state.Count(true, place)),
                [.. Newest(deadLetters: false), .. Newest(deadLetters: true)]
            );
        }
    }

    private IEnumerable<QueueMessageStatus> Newest(bool deadLetters) =>
        _state
            .Newest(deadLetters)
            .Take(QueueStatus.MaxMessages)
            .Select(message => new QueueMessageStatus(
                message.Content.MessageId,
                message.Content.Subject,
                message.SequenceNumber,
                message.IsDeadLetter ? "DeadLetter" : message.Place.ToString(),
                new DateTimeOffset(message.EnqueuedTicks, TimeSpan.Zero),
                message.Place == MessagePlace.Scheduled
                    ? new DateTimeOffset(message.Content.ScheduledTicks, TimeSpan.Zero)
                    : null,
                message.FailedDeliveries + (message.Place == MessagePlace.Locked ? 1 : 0),
                message.IsDeadLetter ? message.Content.ApplicationProperty(MessageContent.DeadLetterReason) : null,
                message.IsDeadLetter
                    ? message.Content.ApplicationProperty(MessageContent.DeadLetterErrorDescription)
                    : null
            ));
}
