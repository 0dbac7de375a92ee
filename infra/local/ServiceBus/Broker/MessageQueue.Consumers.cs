namespace Serverless.Local.Messaging;

/// <summary>
/// The receivers' side: a line for each of the queue and its dead-letter queue; who waits longest is served first, one
/// message at a turn.
/// </summary>
internal sealed partial class MessageQueue
{
    /// <summary>
    /// A receiver that has settled a message, or whose wait has ended, usually asks again within a moment. While
    /// messages wait for it the queue counts as busy that long, so that the clock is not moved just between two
    /// messages of a backlog.
    /// </summary>
    private static readonly TimeSpan ExpectedPause = TimeSpan.FromSeconds(1);

    private readonly List<Consumer> _consumers = [];
    private readonly Queue<Consumer> _line = new();
    private readonly Queue<Consumer> _deadLetterLine = new();
    private List<Handover> _outbox = [];
    private bool _flushing;

    /// <summary>How many messages receivers that are still there have, or are about to get.</summary>
    public int Work
    {
        get
        {
            lock (_lock)
            {
                var work = 0;
                var (expected, expectedForDeadLetters) = (false, false);
                var now = _realTime.GetTimestamp();
                foreach (var consumer in _consumers)
                {
                    if (consumer.IsClosed)
                        continue;
                    work += consumer.Held + consumer.Moving;
                    // Messages for a receiver that has credit do not wait: only those count besides that one will soon
                    // ask for.
                    if (consumer.ExpectedBackUntil > now)
                        (expected, expectedForDeadLetters) = (
                            expected || !consumer.DeadLetters,
                            expectedForDeadLetters || consumer.DeadLetters
                        );
                }
                return work
                    + (expected ? _state.Count(false, MessagePlace.Active) : 0)
                    + (expectedForDeadLetters ? _state.Count(true, MessagePlace.Active) : 0);
            }
        }
    }

    /// <summary>Whether somebody has asked for messages.</summary>
    public bool HasReceiver
    {
        get
        {
            lock (_lock)
                return _consumers.Exists(consumer => !consumer.IsClosed && consumer.HasAsked);
        }
    }

    public void Add(Consumer consumer) =>
        Change(() =>
        {
            _consumers.Add(consumer);
            ExpectBack(consumer);
        });

    /// <summary>
    /// What was locked for the consumer stays so until the locks run out: the receiver may come back and settle by
    /// token.
    /// </summary>
    public void Remove(Consumer consumer)
    {
        lock (_lock)
            _consumers.Remove(consumer);
    }

    /// <summary>The consumer has given new credit.</summary>
    /// <param name="drains">It wants to have what there is now, and no more on the rest of its credit.</param>
    public void Flow(Consumer consumer, bool drains) =>
        Change(() =>
        {
            consumer.HasAsked = true;
            if (!consumer.IsInLine)
            {
                consumer.IsInLine = true;
                Line(consumer.DeadLetters).Enqueue(consumer);
            }
            if (!drains)
                return;
            HandOver();
            consumer.BeginDrain();
            _outbox.Add(new Handover(consumer, null));
            ExpectBack(consumer);
        });

    private Queue<Consumer> Line(bool deadLetters) => deadLetters ? _deadLetterLine : _line;

    private void HandOver()
    {
        HandOver(deadLetters: false);
        HandOver(deadLetters: true);
    }

    private void HandOver(bool deadLetters)
    {
        var line = Line(deadLetters);
        while (line.Count > 0 && _state.FirstActive(deadLetters) is { } message)
        {
            var consumer = line.Dequeue();
            if (consumer.IsClosed || !consumer.TryReserve())
            {
                consumer.IsInLine = false;
                continue;
            }
            line.Enqueue(consumer);
            _outbox.Add(new Handover(consumer, Deliver(message, consumer.Deletes, consumer)));
        }
    }

    private ShownMessage Deliver(QueuedMessage message, bool deletes, Consumer? holder)
    {
        if (deletes)
        {
            var shown = ShownMessage.Of(message, Name, locked: false);
            Remove(message);
            holder?.Moving += 1;
            return shown;
        }
        // In the journal, because a process that dies of a message must not get it for ever.
        Append(QueueRecords.Delivered(Name, message.SequenceNumber));
        _state.Lock(message, Guid.NewGuid(), RealNow + _state.Settings.LockDuration.Ticks, holder);
        return ShownMessage.Of(message, Name, locked: true);
    }

    private void ExpectBack(Consumer? consumer)
    {
        if (consumer is not null)
            consumer.ExpectedBackUntil =
                _realTime.GetTimestamp() + (long)(ExpectedPause.TotalSeconds * _realTime.TimestampFrequency);
    }

    private void Arrived(Consumer consumer)
    {
        lock (_lock)
            consumer.Moving--;
    }

    private bool BeginFlush()
    {
        if (_flushing || _outbox.Count == 0)
            return false;
        return _flushing = true;
    }

    /// <summary>
    /// Transfers what was handed over, in order, each as soon as the journal has its delivery. One run at a time.
    /// </summary>
    private async Task FlushAsync()
    {
        while (true)
        {
            List<Handover> batch;
            Task written;
            lock (_lock)
            {
                if (_outbox.Count == 0)
                {
                    _flushing = false;
                    return;
                }
                (batch, _outbox, written) = (_outbox, [], _lastWrite);
            }
            try
            {
                await WrittenAsync(written).ConfigureAwait(false);
                batch.ForEach(Transfer);
            }
            catch (BrokerException ex)
            {
                batch.ForEach(handover => handover.Consumer.Fail(ex));
            }
        }
    }

    private void Transfer(Handover handover)
    {
        try
        {
            TransferOrThrow(handover);
        }
#pragma warning disable CA1031 // What goes wrong on one link must not stop the queue for the others.
        catch (Exception ex)
#pragma warning restore CA1031
        {
            handover.Consumer.Fail(
                new BrokerException(BrokerError.Unavailable, "A message could not be transferred.", ex)
            );
        }
    }

    private void TransferOrThrow(Handover handover)
    {
        var (consumer, message) = handover;
        if (message is null)
        {
            consumer.CompleteDrain();
            return;
        }
        var transferred = consumer.TryTransfer(message);
        if (consumer.Deletes)
            Arrived(consumer);
        else if (!transferred)
            TakeBack(message.LockToken);
    }

    /// <summary>The link was gone before the message went out: nobody has seen it.</summary>
    private void TakeBack(Guid lockToken)
    {
        try
        {
            Change(() =>
            {
                if (_state.FindLocked(lockToken) is { } message)
                    Return(message);
            });
        }
        catch (BrokerException ex) when (ex.Error == BrokerError.Unavailable)
        {
            // The broker stops: the next start finds the delivery cut off.
        }
    }
}
