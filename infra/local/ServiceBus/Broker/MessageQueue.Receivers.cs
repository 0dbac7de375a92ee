using Azure.Messaging.ServiceBus;

namespace Serverless.Local.Messaging;

/// <summary>The receivers' side: a line for each of the queue and its dead-letter queue; who waits longest is served first.</summary>
internal sealed partial class MessageQueue
{
    private readonly SortedDictionary<long, MessageReceive> _waiting = [];
    private readonly SortedDictionary<long, MessageReceive> _waitingForDeadLetters = [];
    private readonly SortedSet<(long End, long Order)> _waitEnds = [];
    private long _lastOrder;
    private int _processors;
    private int _deadLetterProcessors;
    private int _inHandlers;

    private long NextWaitEnd => _waitEnds.Count == 0 ? long.MaxValue : _waitEnds.Min.End;

    /// <summary>How many messages processors have or are about to get.</summary>
    public int Work
    {
        get
        {
            lock (_lock)
                return _inHandlers
                    + (_processors > 0 ? _state.Count(false, MessagePlace.Active) : 0)
                    + (_deadLetterProcessors > 0 ? _state.Count(true, MessagePlace.Active) : 0);
        }
    }

    /// <summary>Waits for the first message, then takes what is there.</summary>
    /// <param name="maxWait">Null waits without end.</param>
    /// <returns>The messages, none when the wait ended first.</returns>
    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveAsync(
        bool deadLetters, ServiceBusReceiveMode mode, int maxMessages, TimeSpan? maxWait, bool forProcessor, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        MessageReceive receive;
        lock (_lock)
        {
            Begin();
            receive = new MessageReceive(deadLetters, mode, maxMessages, forProcessor)
            {
                Order = ++_lastOrder,
                EndTicks = maxWait is { } wait && wait < LongestTimer ? Now + wait.Ticks : long.MaxValue,
            };
            Line(deadLetters).Add(receive.Order, receive);
            if (receive.EndTicks != long.MaxValue)
                _waitEnds.Add((receive.EndTicks, receive.Order));
            Settle();
        }
        var cancellation = receive.Task.IsCompleted
            ? default
            : cancellationToken.UnsafeRegister(static (state, token) =>
            {
                var (queue, waiting) = ((MessageQueue, MessageReceive))state!;
                queue.Cancel(waiting, token);
            }, (this, receive));
        await using (cancellation.ConfigureAwait(false))
        {
            var received = await receive.Task.ConfigureAwait(false);
            try
            {
                await WrittenAsync(receive.Written).ConfigureAwait(false);
            }
            catch (ServiceBusException) when (forProcessor)
            {
                HandlersDone(received.Count);
                throw;
            }
            return received;
        }
    }

    public void AddProcessor(bool deadLetters, int change)
    {
        lock (_lock)
        {
            if (deadLetters)
                _deadLetterProcessors += change;
            else
                _processors += change;
        }
    }

    /// <summary>A processor is done with messages that it received.</summary>
    public void HandlersDone(int count = 1)
    {
        lock (_lock)
            _inHandlers -= count;
    }

    private SortedDictionary<long, MessageReceive> Line(bool deadLetters) => deadLetters ? _waitingForDeadLetters : _waiting;

    private void HandOver()
    {
        HandOver(deadLetters: false);
        HandOver(deadLetters: true);
    }

    private void HandOver(bool deadLetters)
    {
        var line = Line(deadLetters);
        while (line.Count > 0 && _state.Count(deadLetters, MessagePlace.Active) > 0)
        {
            var receive = line.First().Value;
            Leave(receive);
            var received = new List<ServiceBusReceivedMessage>();
            while (received.Count < receive.MaxMessages && _state.FirstActive(deadLetters) is { } message)
                received.Add(Deliver(message, receive.Mode));
            if (receive.ForProcessor)
                _inHandlers += received.Count;
            receive.Written = _lastWrite;
            receive.SetResult(received);
        }
    }

    private ServiceBusReceivedMessage Deliver(QueuedMessage message, ServiceBusReceiveMode mode)
    {
        if (mode == ServiceBusReceiveMode.ReceiveAndDelete)
        {
            Remove(message);
            return message.Show(peeked: false);
        }
        // In the journal, because a process that dies of a message must not get it for ever.
        Append(QueueRecords.Delivered(Name, message.SequenceNumber));
        _state.Lock(message, Guid.NewGuid(), Now + _state.Settings.LockDuration.Ticks);
        return message.Show(peeked: false);
    }

    private void EndWaits(long now)
    {
        while (_waitEnds.Count > 0 && _waitEnds.Min is var first && first.End <= now)
        {
            var receive = _waiting.GetValueOrDefault(first.Order) ?? _waitingForDeadLetters[first.Order];
            Leave(receive);
            receive.SetResult([]);
        }
    }

    private void Cancel(MessageReceive receive, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // What was handed over already is the receiver's, cancelled or not: nobody else could settle it.
            if (Leave(receive))
                receive.SetCanceled(cancellationToken);
        }
    }

    private bool Leave(MessageReceive receive)
    {
        if (receive.EndTicks != long.MaxValue)
            _waitEnds.Remove((receive.EndTicks, receive.Order));
        return Line(receive.DeadLetters).Remove(receive.Order);
    }

    private void CloseReceives()
    {
        foreach (var receive in _waiting.Values.Concat(_waitingForDeadLetters.Values).ToList())
        {
            Leave(receive);
            receive.SetException(Broker.Unreachable(Name));
        }
    }
}
