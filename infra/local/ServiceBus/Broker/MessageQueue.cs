using Azure.Messaging.ServiceBus;
using Serverless.Local.State;

namespace Serverless.Local.Messaging;

/// <summary>A running queue with its dead-letter queue: what its senders and receivers ask for, in the order in which they ask.</summary>
/// <remarks>
/// One lock a queue. A change is made in memory and appended to the journal under it, so that the journal has the order of the changes;
/// the caller waits for the write outside. Whatever is due by the clock happens before anything else does.
/// </remarks>
internal sealed partial class MessageQueue : IDisposable
{
    /// <summary>The largest message, and the largest send, of the tiers Basic and Standard.</summary>
    public const int MaxMessageSizeInBytes = 256 * 1024;

    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly Lock _lock = new();
    private readonly QueueState _state;
    private readonly IJournaled _part;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private Journal? _journal;
    private Task _lastWrite = Task.CompletedTask;
    private long _armedFor = long.MaxValue;
    private bool _closed;

    public MessageQueue(QueueSettings settings, IJournaled part, TimeProvider clock)
    {
        _state = new QueueState(settings);
        _part = part;
        _clock = clock;
        _timer = clock.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Name => _state.Settings.Name;

    /// <summary>Only for the replay, which ends before the queue is in use.</summary>
    internal QueueState State => _state;

    public TimeProvider Clock => _clock;

    private long Now => _clock.GetUtcNow().UtcTicks;

    /// <summary>Starts with what was replayed: deliveries that the end of the last process cut off have failed.</summary>
    public void Attach(Journal journal)
    {
        lock (_lock)
        {
            _journal = journal;
            foreach (var message in _state.Messages.Where(message => message.Place == MessagePlace.Locked).ToList())
                _state.Release(message, message.Payload);
            foreach (var message in _state.Messages.Where(IsWornOut).ToList())
                DeadLetterWornOut(message);
            Settle();
        }
    }

    /// <summary>Takes a send in, all or none of it.</summary>
    /// <returns>The sequence numbers; a duplicate gets one too, of nothing.</returns>
    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<(MessagePayload Payload, DateTimeOffset ScheduledEnqueueTime)> messages)
    {
        if (messages.Sum(message => (long)message.Payload.SizeInBytes) > MaxMessageSizeInBytes)
            throw new ServiceBusException(
                $"The message (or the messages of one send) is larger than the {MaxMessageSizeInBytes} bytes that the queue takes.",
                ServiceBusFailureReason.MessageSizeExceeded,
                Name);
        var numbers = new long[messages.Count];
        Task written;
        lock (_lock)
        {
            Begin();
            var now = Now;
            var accepted = new List<QueuedMessage>(messages.Count);
            for (var i = 0; i < messages.Count; i++)
            {
                var (payload, scheduled) = messages[i];
                numbers[i] = ++_state.LastSequenceNumber;
                if (_state.Settings.RequiresDuplicateDetection && payload.MessageId is { } messageId && !_state.See(messageId, now))
                    continue;
                var defaultLife = _state.Settings.DefaultMessageTimeToLive;
                accepted.Add(new QueuedMessage
                {
                    Payload = payload.TimeToLive > defaultLife ? payload with { TimeToLive = defaultLife } : payload,
                    SequenceNumber = numbers[i],
                    EnqueuedTicks = now,
                    ScheduledTicks = scheduled.UtcTicks,
                    Place = scheduled.UtcTicks > now ? MessagePlace.Scheduled : MessagePlace.Active,
                });
            }
            if (accepted.Count > 0)
                Append(QueueRecords.Sent(Name, now, accepted));
            accepted.ForEach(_state.Add);
            Settle();
            // A duplicate waits as well: its sender may only hear "success" when the first one is safe.
            written = _lastWrite;
        }
        await WrittenAsync(written).ConfigureAwait(false);
        return numbers;
    }

    /// <exception cref="ServiceBusException">One of them is not scheduled (any more); then none is cancelled.</exception>
    public Task CancelAsync(IReadOnlyCollection<long> sequenceNumbers) => ChangeAsync(() =>
    {
        var messages = sequenceNumbers.Distinct().Select(number => Find(number, deadLetters: false, MessagePlace.Scheduled)).ToList();
        foreach (var message in messages)
            Remove(message);
    });

    public Task CompleteAsync(Guid lockToken) => ChangeAsync(() => Remove(Locked(lockToken)));

    public Task AbandonAsync(Guid lockToken, IEnumerable<KeyValuePair<string, object?>>? properties) => ChangeAsync(() =>
    {
        var message = Locked(lockToken);
        Release(message, message.Payload.With(properties));
    });

    public Task DeferAsync(Guid lockToken, IEnumerable<KeyValuePair<string, object?>>? properties) => ChangeAsync(() =>
    {
        var message = Locked(lockToken);
        var payload = message.Payload.With(properties);
        Append(QueueRecords.Deferred(Name, message, payload));
        _state.Defer(message, payload);
    });

    public Task DeadLetterAsync(
        Guid lockToken, IEnumerable<KeyValuePair<string, object?>>? properties, string? reason, string? description) => ChangeAsync(() =>
    {
        var message = Locked(lockToken);
        if (message.IsDeadLetter)
            throw new InvalidOperationException("A message of a dead-letter queue cannot be dead-lettered.");
        DeadLetter(message, message.Payload.With(properties), reason, description);
    });

    /// <summary>Locks last only as long as the process; they are not in the journal.</summary>
    public DateTimeOffset RenewLock(Guid lockToken)
    {
        lock (_lock)
        {
            Begin();
            var message = Locked(lockToken);
            _state.Renew(message, Now + _state.Settings.LockDuration.Ticks);
            Arm();
            return new DateTimeOffset(message.LockedUntilTicks, TimeSpan.Zero);
        }
    }

    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredAsync(
        bool deadLetters, IReadOnlyCollection<long> sequenceNumbers, ServiceBusReceiveMode mode)
    {
        List<ServiceBusReceivedMessage> received = [];
        await ChangeAsync(() =>
        {
            var messages = sequenceNumbers.Distinct().Select(number => Find(number, deadLetters, MessagePlace.Deferred)).ToList();
            received = messages.ConvertAll(message => Deliver(message, mode));
        }).ConfigureAwait(false);
        return received;
    }

    public IReadOnlyList<ServiceBusReceivedMessage> Peek(bool deadLetters, long fromSequenceNumber, int maxMessages)
    {
        lock (_lock)
        {
            Begin();
            return [.. _state.From(deadLetters, fromSequenceNumber).Take(maxMessages).Select(message => message.Show(peeked: true))];
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _closed = true;
            CloseReceives();
        }
    }

    private async Task ChangeAsync(Action change)
    {
        Task written;
        lock (_lock)
        {
            Begin();
            change();
            Settle();
            written = _lastWrite;
        }
        await WrittenAsync(written).ConfigureAwait(false);
    }

    private async Task WrittenAsync(Task written)
    {
        try
        {
            await written.ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is IOException or ObjectDisposedException)
        {
            throw new ServiceBusException("The journal could not be written.", ServiceBusFailureReason.ServiceCommunicationProblem, Name, ex);
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _armedFor = long.MaxValue;
            if (!_closed)
                Settle();
        }
    }

    /// <summary>Every call sees the queue as it is at this moment, whether or not the timer has fired yet.</summary>
    private void Begin()
    {
        if (_closed)
            throw Broker.Unreachable(Name);
        PassTime();
    }

    private void Settle()
    {
        PassTime();
        HandOver();
        EndWaits(Now);
        Arm();
    }

    private void PassTime()
    {
        var now = Now;
        while (_state.Due(now) is { } message)
        {
            switch (message.Place)
            {
                case MessagePlace.Scheduled:
                    var number = _state.LastSequenceNumber + 1;
                    Append(QueueRecords.Activated(Name, message.SequenceNumber, number, now));
                    _state.Activate(message, number, now);
                    break;
                case MessagePlace.Locked:
                    Release(message, message.Payload);
                    break;
                default:
                    Expire(message);
                    break;
            }
            // In between, because the next moment may concern what a receiver takes now.
            HandOver();
        }
    }

    private void Release(QueuedMessage message, MessagePayload payload)
    {
        Append(QueueRecords.Released(Name, message, payload));
        _state.Release(message, payload);
        if (IsWornOut(message))
            DeadLetterWornOut(message);
    }

    private bool IsWornOut(QueuedMessage message) => !message.IsDeadLetter && message.FailedDeliveries >= _state.Settings.MaxDeliveryCount;

    private void DeadLetterWornOut(QueuedMessage message) => DeadLetter(
        message, message.Payload, "MaxDeliveryCountExceeded", $"Message could not be consumed after {message.FailedDeliveries} delivery attempts.");

    private void Expire(QueuedMessage message)
    {
        if (_state.Settings.DeadLetteringOnMessageExpiration)
            DeadLetter(message, message.Payload, "TTLExpiredException", "The message expired and was dead lettered.");
        else
            Remove(message);
    }

    private void DeadLetter(QueuedMessage message, MessagePayload payload, string? reason, string? description)
    {
        var marks = new Dictionary<string, object?>();
        if (reason is not null)
            marks[MessagePayload.DeadLetterReason] = reason;
        if (description is not null)
            marks[MessagePayload.DeadLetterErrorDescription] = description;
        var marked = marks.Count == 0 ? payload : payload.With(marks);
        Append(QueueRecords.DeadLettered(Name, message, marked));
        _state.DeadLetter(message, marked);
    }

    private void Remove(QueuedMessage message)
    {
        Append(QueueRecords.Removed(Name, message.SequenceNumber));
        _state.Remove(message);
    }

    private QueuedMessage Locked(Guid lockToken) => _state.FindLocked(lockToken) ?? throw new ServiceBusException(
        "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.",
        ServiceBusFailureReason.MessageLockLost,
        Name);

    private QueuedMessage Find(long sequenceNumber, bool deadLetters, MessagePlace place) =>
        _state.Find(sequenceNumber) is { } message && message.IsDeadLetter == deadLetters && message.Place == place
            ? message
            : throw new ServiceBusException($"No {place} message has the sequence number {sequenceNumber}.", ServiceBusFailureReason.MessageNotFound, Name);

    private void Append(byte[] record)
    {
        if (_journal is not null)
            _lastWrite = _journal.AppendAsync(_part, record);
    }

    private void Arm()
    {
        var next = Math.Min(_state.NextDeadline, NextWaitEnd);
        if (next >= _armedFor)
            return;
        _armedFor = next;
        var wait = TimeSpan.FromTicks(Math.Max(0, next - Now));
        _timer.Change(wait < LongestTimer ? wait : LongestTimer, Timeout.InfiniteTimeSpan);
    }
}
