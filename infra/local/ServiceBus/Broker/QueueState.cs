namespace Serverless.Local.Messaging;

/// <summary>
/// What is in a queue and where, without clock, journal or receivers: the changes of a running queue and the replay of
/// its journal are the same calls. Every message is in exactly one place, and has at most one moment at which it
/// leaves that place by itself: by the app's clock for schedules and expiry, by real time for locks.
/// </summary>
internal sealed class QueueState(QueueSettings settings)
{
    private readonly Dictionary<long, QueuedMessage> _messages = [];
    private readonly SortedSet<(long Due, long SequenceNumber)> _scheduled = [];
    private readonly SortedSet<(long Due, long SequenceNumber)> _expiries = [];
    private readonly SortedSet<(long Due, long SequenceNumber)> _lockEnds = [];
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

    /// <summary>When the next message becomes active or expires, by the app's clock.</summary>
    public long NextDeadline => Math.Min(First(_scheduled).Due, First(_expiries).Due);

    /// <summary>When the next lock ends, in real time.</summary>
    public long NextLockEnd => First(_lockEnds).Due;

    public int Count(bool deadLetters, MessagePlace place) => Of(deadLetters).Counts[(int)place];

    public QueuedMessage? Find(long sequenceNumber) => _messages.GetValueOrDefault(sequenceNumber);

    public QueuedMessage? FindLocked(Guid lockToken) => _locks.GetValueOrDefault(lockToken);

    public QueuedMessage? FirstActive(bool deadLetters) =>
        Of(deadLetters).Active is { Count: > 0 } active ? _messages[active.Min] : null;

    /// <summary>Messages in all places, by sequence number.</summary>
    public IEnumerable<QueuedMessage> From(bool deadLetters, long sequenceNumber) =>
        Of(deadLetters).All.GetViewBetween(sequenceNumber, long.MaxValue).Select(number => _messages[number]);

    /// <summary>Messages in all places, the newest first.</summary>
    public IEnumerable<QueuedMessage> Newest(bool deadLetters) =>
        Of(deadLetters).All.Reverse().Select(number => _messages[number]);

    public long? NextScheduled => _scheduled.Count == 0 ? null : _scheduled.Min.Due;

    /// <summary>The message that becomes active or expires first, if that is due by the app's clock.</summary>
    public QueuedMessage? Due(long now)
    {
        var first = First(_scheduled).CompareTo(First(_expiries)) <= 0 ? First(_scheduled) : First(_expiries);
        return first.Due <= now ? _messages[first.SequenceNumber] : null;
    }

    /// <summary>The message whose lock ends first, if that is due in real time.</summary>
    public QueuedMessage? LockEnded(long realNow) =>
        NextLockEnd <= realNow ? _messages[_lockEnds.Min.SequenceNumber] : null;

    /// <summary>Notes a message id for duplicate detection.</summary>
    /// <returns>False when the id was seen within the window already.</returns>
    public bool See(string messageId, long now)
    {
        var window = Settings.DuplicateDetectionHistoryTimeWindow.Ticks;
        while (_seenInOrder.TryPeek(out var oldest) && oldest.Ticks + window <= now)
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

    /// <param name="untilTicks">In real time.</param>
    public void Lock(QueuedMessage message, Guid lockToken, long untilTicks, Consumer? holder)
    {
        Leave(message);
        message.LockToken = lockToken;
        message.LockedUntilTicks = untilTicks;
        message.Holder = holder;
        Enter(message, MessagePlace.Locked);
    }

    public void Renew(QueuedMessage message, long untilTicks) =>
        Lock(message, message.LockToken, untilTicks, message.Holder);

    /// <summary>
    /// A delivery did not come about: the message goes back to where it was taken from, as if nothing had happened.
    /// </summary>
    public void Return(QueuedMessage message)
    {
        Leave(message);
        Enter(message, message.IsDeferred ? MessagePlace.Deferred : MessagePlace.Active);
    }

    /// <summary>A delivery failed: the message goes back to where it was taken from.</summary>
    public void Release(QueuedMessage message, MessageContent content)
    {
        Leave(message);
        message.Content = content;
        message.FailedDeliveries++;
        Enter(message, message.IsDeferred ? MessagePlace.Deferred : MessagePlace.Active);
    }

    public void Defer(QueuedMessage message, MessageContent content)
    {
        Leave(message);
        message.Content = content;
        message.IsDeferred = true;
        Enter(message, MessagePlace.Deferred);
    }

    public void DeadLetter(QueuedMessage message, MessageContent content)
    {
        Remove(message);
        message.Content = content;
        message.IsDeadLetter = true;
        message.IsDeferred = false;
        message.Place = MessagePlace.Active;
        Add(message);
    }

    private Part Of(bool deadLetters) => deadLetters ? _deadLetters : _queue;

    private static (long Due, long SequenceNumber) First(SortedSet<(long Due, long SequenceNumber)> times) =>
        times.Count == 0 ? (long.MaxValue, 0) : times.Min;

    private void Leave(QueuedMessage message)
    {
        var part = Of(message.IsDeadLetter);
        part.Counts[(int)message.Place]--;
        if (message.Place == MessagePlace.Active)
            part.Active.Remove(message.SequenceNumber);
        if (message.Place == MessagePlace.Locked)
        {
            _locks.Remove(message.LockToken);
            _lockEnds.Remove((message.LockedUntilTicks, message.SequenceNumber));
            message.Holder?.Held -= 1;
            message.Holder = null;
        }
        if (message.Deadline != long.MaxValue)
            (message.Place == MessagePlace.Scheduled ? _scheduled : _expiries).Remove(
                (message.Deadline, message.SequenceNumber)
            );
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
        {
            _locks[message.LockToken] = message;
            if (message.LockedUntilTicks != long.MaxValue)
                _lockEnds.Add((message.LockedUntilTicks, message.SequenceNumber));
            message.Holder?.Held += 1;
        }

        // Dead letters never expire, a locked message does so when its lock ends, and a deferred one is not purged
        // before somebody asks for it.
        message.Deadline = place switch
        {
            MessagePlace.Scheduled => message.Content.ScheduledTicks,
            MessagePlace.Active when !message.IsDeadLetter => message.ExpiresTicks,
            _ => long.MaxValue,
        };
        if (message.Deadline != long.MaxValue)
            (place == MessagePlace.Scheduled ? _scheduled : _expiries).Add((message.Deadline, message.SequenceNumber));
    }

    private sealed class Part
    {
        public SortedSet<long> All { get; } = [];
        public SortedSet<long> Active { get; } = [];
        public int[] Counts { get; } = new int[Enum.GetValues<MessagePlace>().Length];
    }
}
