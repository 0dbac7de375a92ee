// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using System.Runtime.CompilerServices;
using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>Receives from one queue or its dead-letter queue, and settles. Safe for concurrent use.</summary>
public class ServiceBusReceiver : IAsyncDisposable
{
    private const int MaxDeadLetterTextLength = 4096;
    private readonly ServiceBusClient _client;
    private long _lastPeeked;

    protected ServiceBusReceiver()
    {
    }

    internal ServiceBusReceiver(ServiceBusClient client, string queueName, ServiceBusReceiverOptions options)
    {
        options ??= new ServiceBusReceiverOptions();
        _client = client;
        EntityPath = ServiceBusClient.EntityPath(queueName, options.SubQueue);
        ReceiveMode = options.ReceiveMode;
        PrefetchCount = options.PrefetchCount;
        Identifier = ServiceBusClient.Name(options.Identifier, EntityPath);
    }

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string EntityPath { get; }

    public virtual ServiceBusReceiveMode ReceiveMode { get; }

    public virtual int PrefetchCount { get; }

    public virtual string Identifier { get; }

    public virtual bool IsClosed { get; private set; }

    /// <summary>Waits for a message.</summary>
    /// <returns>Null where none came in time.</returns>
    public virtual async Task<ServiceBusReceivedMessage> ReceiveMessageAsync(TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default)
    {
        var messages = await ReceiveMessagesAsync(1, maxWaitTime, cancellationToken).ConfigureAwait(false);
        return messages.Count == 0 ? null : messages[0];
    }

    /// <summary>Waits for the first message only and returns what is there by then: fewer than <paramref name="maxMessages"/> is normal.</summary>
    /// <returns>An empty list where none came in time.</returns>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        if (maxWaitTime is { } wait)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(maxWaitTime));
            if (PrefetchCount == 0)
                ArgumentOutOfRangeException.ThrowIfEqual(wait, TimeSpan.Zero, nameof(maxWaitTime));
        }
        var (queue, deadLetters) = Queue(cancellationToken);
        return await queue.ReceiveAsync(deadLetters, ReceiveMode, maxMessages, maxWaitTime ?? _client.TryTimeout, forProcessor: false, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Receives until it is cancelled.</summary>
    public virtual async IAsyncEnumerable<ServiceBusReceivedMessage> ReceiveMessagesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await ReceiveMessageAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { } message)
                yield return message;
        }
    }

    /// <inheritdoc cref="PeekMessagesAsync"/>
    public virtual async Task<ServiceBusReceivedMessage> PeekMessageAsync(long? fromSequenceNumber = default, CancellationToken cancellationToken = default)
    {
        var messages = await PeekMessagesAsync(1, fromSequenceNumber, cancellationToken).ConfigureAwait(false);
        return messages.Count == 0 ? null : messages[0];
    }

    /// <summary>Looks at messages in any state, without a lock; where no number is given, from behind the last one peeked on.</summary>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = default, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessages, 1);
        await Task.CompletedTask.ConfigureAwait(false);
        var (queue, deadLetters) = Queue(cancellationToken);
        var messages = queue.Peek(deadLetters, fromSequenceNumber ?? Interlocked.Read(ref _lastPeeked) + 1, maxMessages);
        if (messages.Count > 0)
            Interlocked.Exchange(ref _lastPeeked, messages[^1].SequenceNumber);
        return messages;
    }

    /// <summary>Deletes the message.</summary>
    /// <exception cref="ServiceBusException">Its lock is lost (<see cref="ServiceBusFailureReason.MessageLockLost"/>).</exception>
    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        SettleAsync(message, (queue, token) => queue.CompleteAsync(token), cancellationToken);

    /// <summary>Gives the message back at once; the delivery counts as failed.</summary>
    /// <inheritdoc cref="CompleteMessageAsync" path="/exception"/>
    public virtual Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object> propertiesToModify = default, CancellationToken cancellationToken = default) =>
        SettleAsync(message, (queue, token) => queue.AbandonAsync(token, propertiesToModify), cancellationToken);

    /// <inheritdoc cref="DeadLetterMessageAsync(ServiceBusReceivedMessage, IDictionary{string, object}, string, string, CancellationToken)"/>
    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object> propertiesToModify = default, CancellationToken cancellationToken = default) =>
        DeadLetterMessageAsync(message, propertiesToModify, null, null, cancellationToken);

    /// <inheritdoc cref="DeadLetterMessageAsync(ServiceBusReceivedMessage, IDictionary{string, object}, string, string, CancellationToken)"/>
    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        string deadLetterReason,
        string deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        DeadLetterMessageAsync(message, null, deadLetterReason, deadLetterErrorDescription, cancellationToken);

    /// <summary>Moves the message to the dead-letter queue. Reason and description, up to 4096 characters each, become application properties.</summary>
    /// <inheritdoc cref="CompleteMessageAsync" path="/exception"/>
    public virtual async Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object> propertiesToModify,
        string deadLetterReason,
        string deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(deadLetterReason?.Length ?? 0, MaxDeadLetterTextLength, nameof(deadLetterReason));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(deadLetterErrorDescription?.Length ?? 0, MaxDeadLetterTextLength, nameof(deadLetterErrorDescription));
        await SettleAsync(
            message,
            (queue, token) => queue.DeadLetterAsync(token, propertiesToModify, deadLetterReason, deadLetterErrorDescription),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts the message aside: from now on only its sequence number gets it.</summary>
    /// <inheritdoc cref="CompleteMessageAsync" path="/exception"/>
    public virtual Task DeferMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object> propertiesToModify = default, CancellationToken cancellationToken = default) =>
        SettleAsync(message, (queue, token) => queue.DeferAsync(token, propertiesToModify), cancellationToken);

    /// <inheritdoc cref="ReceiveDeferredMessagesAsync"/>
    public virtual async Task<ServiceBusReceivedMessage> ReceiveDeferredMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        (await ReceiveDeferredMessagesAsync([sequenceNumber], cancellationToken).ConfigureAwait(false))[0];

    /// <exception cref="ServiceBusException">
    /// One of them is not deferred (<see cref="ServiceBusFailureReason.MessageNotFound"/>); then none is received.
    /// </exception>
    public virtual async Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveDeferredMessagesAsync(
        IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        long[] numbers = [.. sequenceNumbers];
        var (queue, deadLetters) = Queue(cancellationToken);
        return numbers.Length == 0 ? [] : await queue.ReceiveDeferredAsync(deadLetters, numbers, ReceiveMode).ConfigureAwait(false);
    }

    /// <summary>The message's lock runs its full duration again, from now on.</summary>
    /// <inheritdoc cref="CompleteMessageAsync" path="/exception"/>
    public virtual async Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        var queue = QueueOf(message, cancellationToken);
        await Task.CompletedTask.ConfigureAwait(false);
        message.LockedUntil = queue.RenewLock(message.LockTokenGuid);
    }

    public virtual Task CloseAsync(CancellationToken cancellationToken = default)
    {
        IsClosed = true;
        return Task.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private async Task SettleAsync(ServiceBusReceivedMessage message, Func<MessageQueue, Guid, Task> settle, CancellationToken cancellationToken)
    {
        var queue = QueueOf(message, cancellationToken);
        // Before the fact, so that a lock renewal that comes in between does not take the lock's end for a loss.
        var settledBefore = message.IsSettled;
        message.IsSettled = true;
        try
        {
            await settle(queue, message.LockTokenGuid).ConfigureAwait(false);
        }
        catch
        {
            message.IsSettled = settledBefore;
            throw;
        }
    }

    private MessageQueue QueueOf(ServiceBusReceivedMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var (queue, _) = Queue(cancellationToken);
        if (ReceiveMode != ServiceBusReceiveMode.PeekLock)
            throw new InvalidOperationException("The operation is only supported in 'PeekLock' receive mode.");
        if (message.LockTokenGuid == Guid.Empty)
            throw new InvalidOperationException("The operation cannot be done on a message without a lock, such as one that was peeked.");
        return queue;
    }

    private (MessageQueue Queue, bool DeadLetters) Queue(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        return _client.Find(EntityPath, cancellationToken);
    }
}
