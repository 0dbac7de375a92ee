namespace Serverless.Local.Messaging;

/// <summary>
/// What is in a queue and where, without clock, journal or receivers: the changes of a running queue and the replay of its journal are the same calls.
/// Every message is in exactly one place, and has at most one moment at which it leaves that place by itself.
/// </summary>
internal sealed class QueueState(QueueSettings settings)
{
    private readonly Dictionary<long, QueuedMessage> _messages = [];
    private readonly SortedSet<(long Due, long SequenceNumber)> _deadlines = [];
    private readonly Dictionary<Guid, QueuedMessage> _locks = [];
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private readonly Queue<(string MessageId, long Ticks)> _seenInOrder = new();
    private readonly Part _queue = new();
    private readonly Part _deadLetters = new();

    public QueueSettings Settings { get; } = settings;

    /// <summary>The last sequence number given out.</summary>
    public long LastSequenceNumber { get; set; }

    public IReadOnlyCollection<QueuedMessage> Messages => _messages.Values;

    /// <summary>Ids that duplicate detection still knows, oldest first.</summary>
    public IEnumerable<(string MessageId, long Ticks)> Seen => _seenInOrder;

    public long NextDeadline => _deadlines.Count == 0 ? long.MaxValue : _deadlines.Min.Due;

    public int Count(bool deadLetters, MessagePlace place) => Of(deadLetters).Counts[(int)place];

    public QueuedMessage? Find(long sequenceNumber) => _messages.GetValueOrDefault(sequenceNumber);

    public QueuedMessage? FindLocked(Guid lockToken) => _locks.GetValueOrDefault(lockToken);

    public QueuedMessage? FirstActive(bool deadLetters) => Of(deadLetters).Active is { Count: > 0 } active ? _messages[active.Min] : null;

    /// <summary>Messages in all places, by sequence number.</summary>
    public IEnumerable<QueuedMessage> From(bool deadLetters, long sequenceNumber) =>
        Of(deadLetters).All.GetViewBetween(sequenceNumber, long.MaxValue).Select(number => _messages[number]);

    /// <summary>Messages in all places, the newest first.</summary>
    public IEnumerable<QueuedMessage> Newest(bool deadLetters) => Of(deadLetters).All.Reverse().Select(number => _messages[number]);

    public long? NextScheduled() =>
        Count(false, MessagePlace.Scheduled) == 0 ? null : _deadlines.First(entry => _messages[entry.SequenceNumber].Place == MessagePlace.Scheduled).Due;

    /// <summary>The message that leaves its place first, if that is due.</summary>
    public QueuedMessage? Due(long now) => NextDeadline <= now ? _messages[_deadlines.Min.SequenceNumber] : null;

    /// <summary>Notes a message id for duplicate detection.</summary>
    /// <returns>False when the id was seen within the window already.</returns>
    public bool See(string messageId, long now)
    {
        while (_seenInOrder.TryPeek(out var oldest) && oldest.Ticks + Settings.DuplicateDetectionHistoryTimeWindow.Ticks <= now)
            _seen.Remove(_seenInOrder.Dequeue().MessageId);
        if (!_seen.TryAdd(messageId, now))
            return false;
        _seenInOrder.Enqueue((messageId, now));
        return true;
    }

    public void Add(QueuedMessage message)
    {
        LastSequenceNumber = Math.Max(LastSequenceNumber, message.SequenceNumber);
        _messages.Add(message.SequenceNumber, message);
        Of(message.IsDeadLetter).All.Add(message.SequenceNumber);
        Enter(message, message.Place);
    }

    public void Remove(QueuedMessage message)
    {
        Leave(message);
        _messages.Remove(message.SequenceNumber);
        Of(message.IsDeadLetter).All.Remove(message.SequenceNumber);
    }

    /// <summary>A scheduled message becomes active, under a new number.</summary>
    public void Activate(QueuedMessage message, long sequenceNumber, long now)
    {
        Remove(message);
        message.SequenceNumber = sequenceNumber;
        message.EnqueuedTicks = now;
        message.Place = MessagePlace.Active;
        Add(message);
    }

    public void Lock(QueuedMessage message, Guid lockToken, long untilTicks)
    {
        Leave(message);
        message.LockToken = lockToken;
        message.LockedUntilTicks = untilTicks;
        Enter(message, MessagePlace.Locked);
    }

    public void Renew(QueuedMessage message, long untilTicks) => Lock(message, message.LockToken, untilTicks);

    /// <summary>A delivery failed: the message goes back to where it was taken from.</summary>
    public void Release(QueuedMessage message, MessagePayload payload)
    {
        Leave(message);
        message.Payload = payload;
        message.FailedDeliveries++;
        Enter(message, message.IsDeferred ? MessagePlace.Deferred : MessagePlace.Active);
    }

    public void Defer(QueuedMessage message, MessagePayload payload)
    {
        Leave(message);
        message.Payload = payload;
        message.IsDeferred = true;
        Enter(message, MessagePlace.Deferred);
    }

    public void DeadLetter(QueuedMessage message, MessagePayload payload)
    {
        Remove(message);
        message.Payload = payload;
        message.IsDeadLetter = true;
        message.IsDeferred = false;
        message.Place = MessagePlace.Active;
        Add(message);
    }

    private Part Of(bool deadLetters) => deadLetters ? _deadLetters : _queue;

    private void Leave(QueuedMessage message)
    {
        var part = Of(message.IsDeadLetter);
        part.Counts[(int)message.Place]--;
        if (message.Place == MessagePlace.Active)
            part.Active.Remove(message.SequenceNumber);
        if (message.Place == MessagePlace.Locked)
            _locks.Remove(message.LockToken);
        if (message.Deadline != long.MaxValue)
            _deadlines.Remove((message.Deadline, message.SequenceNumber));
        message.Deadline = long.MaxValue;
    }

    private void Enter(QueuedMessage message, MessagePlace place)
    {
        var part = Of(message.IsDeadLetter);
        message.Place = place;
        part.Counts[(int)place]++;
        if (place == MessagePlace.Active)
            part.Active.Add(message.SequenceNumber);
        if (place == MessagePlace.Locked)
            _locks[message.LockToken] = message;

        // Dead letters never expire, and a deferred message is not purged before somebody asks for it.
        message.Deadline = place switch
        {
            MessagePlace.Locked => message.LockedUntilTicks,
            MessagePlace.Scheduled => message.ScheduledTicks,
            MessagePlace.Active when !message.IsDeadLetter => message.ExpiresTicks,
            _ => long.MaxValue,
        };
        if (message.Deadline != long.MaxValue)
            _deadlines.Add((message.Deadline, message.SequenceNumber));
    }

    private sealed class Part
    {
        public SortedSet<long> All { get; } = [];
        public SortedSet<long> Active { get; } = [];
        public int[] Counts { get; } = new int[Enum.GetValues<MessagePlace>().Length];
    }
}
