using Serverless.Local.State;

namespace Serverless.Local.Messaging;

/// <summary>
/// A running queue with its dead-letter queue: what its senders and receivers ask for, in the order in which they ask.
/// </summary>
/// <remarks>
/// One lock a queue. A change is made in memory and appended to the journal under it, so that the journal has the
/// order of the changes; the caller waits for the write outside. Whatever is due happens before anything else does.
/// Two clocks: schedules, lives and the memory of duplicates go by the app's clock, which can be moved; locks go by
/// real time.
/// </remarks>
internal sealed partial class MessageQueue : IAsyncDisposable
{
    /// <summary>The largest message, and the largest send, of the tiers Basic and Standard.</summary>
    public const int MaxMessageSizeInBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly QueueState _state;
    private readonly IJournaled _part;
    private readonly TimeProvider _clock;
    private readonly TimeProvider _realTime;
    private readonly QueueTimer _timer;
    private readonly QueueTimer _lockTimer;
    private Journal? _journal;
    private Task _lastWrite = Task.CompletedTask;
    private bool _closed;

    public MessageQueue(QueueSettings settings, IJournaled part, TimeProvider clock, TimeProvider realTime)
    {
        _state = new QueueState(settings);
        _part = part;
        _clock = clock;
        _realTime = realTime;
        _timer = new QueueTimer(clock, OnTimer);
        _lockTimer = new QueueTimer(realTime, OnTimer);
    }

    public string Name => _state.Settings.Name;

    /// <summary>Only for the replay, which ends before the queue is in use.</summary>
    internal QueueState State => _state;

    private long Now => _clock.GetUtcNow().UtcTicks;

    private long RealNow => _realTime.GetUtcNow().UtcTicks;

    /// <summary>
    /// Starts with what was replayed: deliveries that the end of the last process cut off have failed.
    /// </summary>
    public void Attach(Journal journal)
    {
        _journal = journal;
        Change(() =>
        {
            foreach (var message in _state.Messages.Where(message => message.Place == MessagePlace.Locked).ToList())
                _state.Release(message, message.Content);
            foreach (var message in _state.Messages.Where(IsWornOut).ToList())
                DeadLetterWornOut(message);
        });
    }

    /// <summary>Takes a send in, all or none of it.</summary>
    /// <returns>
    /// The sequence numbers, when the journal has the messages; a duplicate gets one too, of nothing.
    /// </returns>
    /// <exception cref="BrokerException">The journal could not be written.</exception>
    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<MessageContent> messages)
    {
        var numbers = new long[messages.Count];
        // A duplicate waits as well: its sender may only hear "success" when the first one is safe.
        await WrittenAsync(
                Change(() =>
                {
                    var now = Now;
                    var accepted = new List<QueuedMessage>(messages.Count);
                    for (var i = 0; i < messages.Count; i++)
                    {
                        numbers[i] = ++_state.LastSequenceNumber;
                        if (!IsDuplicate(messages[i], now))
                            accepted.Add(Accept(messages[i], numbers[i], now));
                    }
                    if (accepted.Count > 0)
                        Append(QueueRecords.Sent(Name, now, accepted));
                    accepted.ForEach(_state.Add);
                })
            )
            .ConfigureAwait(false);
        return numbers;
    }

    /// <exception cref="BrokerException">One of them is not scheduled (any more); then none is cancelled.</exception>
    public Task CancelAsync(IReadOnlyCollection<long> sequenceNumbers) =>
        WrittenAsync(
            Change(() =>
            {
                var messages = sequenceNumbers
                    .Distinct()
                    .Select(number => Find(number, deadLetters: false, MessagePlace.Scheduled))
                    .ToList();
                foreach (var message in messages)
                    Remove(message);
            })
        );

    /// <summary>Ends a lock as its holder decides.</summary>
    /// <exception cref="BrokerException">
    /// The lock is lost, or the message cannot be dead-lettered because it is already.
    /// </exception>
    public async Task SettleAsync(Guid lockToken, Settlement settlement)
    {
        Consumer? holder = null;
        var written = Change(() =>
        {
            var message = Locked(lockToken);
            holder = message.Holder;
            Settle(message, settlement);
            // Until the journal has it the message still counts as work, and its holder will want another one.
            holder?.Moving += 1;
            ExpectBack(holder);
        });
        try
        {
            await WrittenAsync(written).ConfigureAwait(false);
        }
        finally
        {
            if (holder is not null)
                Arrived(holder);
        }
    }

    /// <summary>Locks last only as long as the process; they are not in the journal.</summary>
    /// <returns>When it ends now, in real time.</returns>
    /// <exception cref="BrokerException">The lock is lost.</exception>
    public DateTimeOffset RenewLock(Guid lockToken)
    {
        var until = 0L;
        Change(() =>
        {
            until = RealNow + _state.Settings.LockDuration.Ticks;
            _state.Renew(Locked(lockToken), until);
        });
        return new DateTimeOffset(until, TimeSpan.Zero);
    }

    /// <summary>Takes deferred messages by their sequence numbers, all or none.</summary>
    /// <param name="deletes">Receive and delete instead of a lock.</param>
    /// <exception cref="BrokerException">One of them is not deferred (any more).</exception>
    public async Task<IReadOnlyList<ShownMessage>> ReceiveDeferredAsync(
        bool deadLetters,
        IReadOnlyCollection<long> sequenceNumbers,
        bool deletes
    )
    {
        List<ShownMessage> received = [];
        await WrittenAsync(
                Change(() =>
                {
                    var messages = sequenceNumbers
                        .Distinct()
                        .Select(number => Find(number, deadLetters, MessagePlace.Deferred))
                        .ToList();
                    received = messages.ConvertAll(message => Deliver(message, deletes, holder: null));
                })
            )
            .ConfigureAwait(false);
        return received;
    }

    /// <summary>Shows messages in whatever place, by sequence number.</summary>
    public IReadOnlyList<ShownMessage> Peek(bool deadLetters, long fromSequenceNumber, int maxMessages)
    {
        IReadOnlyList<ShownMessage> peeked = [];
        Change(() =>
            peeked = [
                .. _state
                    .From(deadLetters, fromSequenceNumber)
                    .Take(maxMessages)
                    .Select(message => ShownMessage.Of(message, Name, locked: false)),
            ]
        );
        return peeked;
    }

    /// <summary>Nothing becomes due any more, and calls fail.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
            _closed = true;
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _lockTimer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The one way in: what is due, the change, what receivers get because of it.</summary>
    /// <returns>Completes when the journal has everything up to here.</returns>
    private Task Change(Action change)
    {
        var flush = false;
        try
        {
            lock (_lock)
            {
                if (_closed)
                    throw new BrokerException(BrokerError.Unavailable, "The broker is stopping.");
                PassTime();
                try
                {
                    change();
                }
                finally
                {
                    // Whether or not the change was possible: time has passed.
                    PassTime();
                    HandOver();
                    Arm();
                    flush = BeginFlush();
                }
                return _lastWrite;
            }
        }
        finally
        {
            if (flush)
                _ = FlushAsync();
        }
    }

    private static async Task WrittenAsync(Task written)
    {
        try
        {
            await written.ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is IOException or ObjectDisposedException)
        {
            throw new BrokerException(BrokerError.Unavailable, "The journal could not be written.", ex);
        }
    }

    private void OnTimer()
    {
        try
        {
            Change(() => { });
        }
        catch (BrokerException ex) when (ex.Error == BrokerError.Unavailable)
        {
            // The timer fired while the queue was being closed: what is due now is due again at the next start.
        }
    }

    private void PassTime()
    {
        var realNow = RealNow;
        while (_state.LockEnded(realNow) is { } message)
            Release(message, message.Content);
        var now = Now;
        while (_state.Due(now) is { } message)
        {
            if (message.Place == MessagePlace.Scheduled)
            {
                var number = _state.LastSequenceNumber + 1;
                Append(QueueRecords.Activated(Name, message.SequenceNumber, number, now));
                _state.Activate(message, number, now);
            }
            else
            {
                Expire(message);
            }
            // In between, because the next moment may concern what a receiver takes now.
            HandOver();
        }
    }

    private bool IsDuplicate(MessageContent content, long now) =>
        _state.Settings.RequiresDuplicateDetection && content.MessageId is { } messageId && !_state.See(messageId, now);

    private QueuedMessage Accept(MessageContent content, long sequenceNumber, long now)
    {
        var longestLife = _state.Settings.DefaultMessageTimeToLive;
        return new QueuedMessage
        {
            Content = content.TimeToLive > longestLife ? content with { TimeToLive = longestLife } : content,
            SequenceNumber = sequenceNumber,
            EnqueuedTicks = now,
            Place = content.ScheduledTicks > now ? MessagePlace.Scheduled : MessagePlace.Active,
        };
    }

    private void Settle(QueuedMessage message, Settlement settlement)
    {
        var content = message.Content.With(settlement.Properties);
        switch (settlement.Outcome)
        {
            case Outcome.Complete:
                Remove(message);
                break;
            case Outcome.Abandon:
                Release(message, content);
                break;
            case Outcome.Defer:
                Append(QueueRecords.Deferred(Name, message, content));
                _state.Defer(message, content);
                break;
            case Outcome.DeadLetter when message.IsDeadLetter:
                throw new BrokerException(
                    BrokerError.NotAllowed,
                    "A message of a dead-letter queue cannot be dead-lettered."
                );
            case Outcome.DeadLetter:
                DeadLetter(message, content);
                break;
            case Outcome.Return:
                Return(message);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(settlement), settlement.Outcome, "No such outcome.");
        }
    }

    private void Return(QueuedMessage message)
    {
        Append(QueueRecords.Returned(Name, message.SequenceNumber));
        _state.Return(message);
    }

    private void Release(QueuedMessage message, MessageContent content)
    {
        Append(QueueRecords.Released(Name, message, content));
        _state.Release(message, content);
        if (IsWornOut(message))
            DeadLetterWornOut(message);
    }

    private bool IsWornOut(QueuedMessage message) =>
        !message.IsDeadLetter && message.FailedDeliveries >= _state.Settings.MaxDeliveryCount;

    private void DeadLetterWornOut(QueuedMessage message) =>
        DeadLetter(
            message,
            "MaxDeliveryCountExceeded",
            $"Message could not be consumed after {message.FailedDeliveries} delivery attempts."
        );

    private void Expire(QueuedMessage message)
    {
        if (_state.Settings.DeadLetteringOnMessageExpiration)
            DeadLetter(message, "TTLExpiredException", "The message expired and was dead lettered.");
        else
            Remove(message);
    }

    private void DeadLetter(QueuedMessage message, string reason, string description) =>
        DeadLetter(
            message,
            message.Content.With(
                new Dictionary<string, byte[]>
                {
                    [MessageContent.DeadLetterReason] = AmqpWriter.Encode(reason),
                    [MessageContent.DeadLetterErrorDescription] = AmqpWriter.Encode(description),
                }
            )
        );

    private void DeadLetter(QueuedMessage message, MessageContent content)
    {
        Append(QueueRecords.DeadLettered(Name, message, content));
        _state.DeadLetter(message, content);
    }

    private void Remove(QueuedMessage message)
    {
        Append(QueueRecords.Removed(Name, message.SequenceNumber));
        _state.Remove(message);
    }

    private QueuedMessage Locked(Guid lockToken) =>
        _state.FindLocked(lockToken)
        ?? throw new BrokerException(
            BrokerError.LockLost,
            "The lock supplied is invalid. Either the lock expired, or the message has already been removed."
        );

    private QueuedMessage Find(long sequenceNumber, bool deadLetters, MessagePlace place) =>
        _state.Find(sequenceNumber) is { } message && message.IsDeadLetter == deadLetters && message.Place == place
            ? message
            : throw new BrokerException(
                BrokerError.MessageNotFound,
                $"No {place} message has the sequence number {sequenceNumber}."
            );

    private void Append(byte[] record)
    {
        if (_journal is not null)
            _lastWrite = _journal.AppendAsync(_part, record);
    }

    private void Arm()
    {
        _timer.Arm(_state.NextDeadline);
        _lockTimer.Arm(_state.NextLockEnd);
    }
}
