// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>Sends messages to one queue. Safe for concurrent use.</summary>
public class ServiceBusSender : IAsyncDisposable
{
    private readonly ServiceBusClient _client;

    protected ServiceBusSender()
    {
    }

    internal ServiceBusSender(ServiceBusClient client, string entityPath, ServiceBusSenderOptions options)
    {
        _client = client;
        EntityPath = entityPath;
        Identifier = ServiceBusClient.Name(options?.Identifier, entityPath);
    }

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string EntityPath { get; }

    public virtual bool IsClosed { get; private set; }

    public virtual string Identifier { get; }

    public virtual async Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await SendAsync([(MessagePayload.From(message), message.ScheduledEnqueueTime)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends all messages in one step, or none of them.</summary>
    /// <exception cref="ServiceBusException">Together they are too large (<see cref="ServiceBusFailureReason.MessageSizeExceeded"/>).</exception>
    public virtual async Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await SendAsync([.. messages.Select(message => (MessagePayload.From(message), message.ScheduledEnqueueTime))], cancellationToken).ConfigureAwait(false);
    }

    public virtual async Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messageBatch);
        await SendAsync(messageBatch.Messages, cancellationToken).ConfigureAwait(false);
    }

    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) =>
        CreateMessageBatchAsync(null, cancellationToken);

    public virtual async ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
        CreateMessageBatchOptions options, CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        Queue(cancellationToken);
        var size = options?.MaxSizeInBytes ?? MessageQueue.MaxMessageSizeInBytes;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MessageQueue.MaxMessageSizeInBytes, nameof(options));
        return new ServiceBusMessageBatch(size);
    }

    /// <returns>The sequence number that cancels the message as long as it is scheduled.</returns>
    public virtual async Task<long> ScheduleMessageAsync(
        ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return (await SendAsync([(MessagePayload.From(message), scheduledEnqueueTime)], cancellationToken).ConfigureAwait(false))[0];
    }

    /// <returns>The sequence numbers that cancel the messages as long as they are scheduled.</returns>
    public virtual async Task<IReadOnlyList<long>> ScheduleMessagesAsync(
        IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return await SendAsync([.. messages.Select(message => (MessagePayload.From(message), scheduledEnqueueTime))], cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="ServiceBusException">The message is no longer scheduled (<see cref="ServiceBusFailureReason.MessageNotFound"/>).</exception>
    public virtual Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) =>
        CancelScheduledMessagesAsync([sequenceNumber], cancellationToken);

    /// <inheritdoc cref="CancelScheduledMessageAsync"/>
    public virtual async Task CancelScheduledMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequenceNumbers);
        long[] numbers = [.. sequenceNumbers];
        var queue = Queue(cancellationToken);
        if (numbers.Length > 0)
            await queue.CancelAsync(numbers).ConfigureAwait(false);
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

    private async Task<IReadOnlyList<long>> SendAsync(
        IReadOnlyList<(MessagePayload Payload, DateTimeOffset ScheduledEnqueueTime)> messages, CancellationToken cancellationToken)
    {
        var queue = Queue(cancellationToken);
        return messages.Count == 0 ? [] : await queue.SendAsync(messages).ConfigureAwait(false);
    }

    private MessageQueue Queue(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        var (queue, deadLetters) = _client.Find(EntityPath, cancellationToken);
        return deadLetters ? throw new InvalidOperationException("Nothing can be sent to a dead-letter queue.") : queue;
    }
}
