// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

namespace Azure.Messaging.ServiceBus;

public class ServiceBusSender : IAsyncDisposable
{
    protected ServiceBusSender() => throw new NotSupportedException();
    public virtual string FullyQualifiedNamespace => throw new NotSupportedException();
    public virtual string EntityPath => throw new NotSupportedException();
    public virtual bool IsClosed => throw new NotSupportedException();
    public virtual string Identifier => throw new NotSupportedException();
    public virtual Task SendMessageAsync(ServiceBusMessage message, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task SendMessagesAsync(IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task SendMessagesAsync(ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(CreateMessageBatchOptions options, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task<long> ScheduleMessageAsync(ServiceBusMessage message, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task<IReadOnlyList<long>> ScheduleMessagesAsync(IEnumerable<ServiceBusMessage> messages, DateTimeOffset scheduledEnqueueTime, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task CancelScheduledMessageAsync(long sequenceNumber, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task CancelScheduledMessagesAsync(IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task CloseAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
#pragma warning disable CA1816
    public virtual ValueTask DisposeAsync() => throw new NotSupportedException();
}
