// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

namespace Azure.Messaging.ServiceBus;

public class ServiceBusProcessor : IAsyncDisposable
{
    protected ServiceBusProcessor() => throw new NotSupportedException();
    public virtual string FullyQualifiedNamespace => throw new NotSupportedException();
    public virtual string EntityPath => throw new NotSupportedException();
    public virtual string Identifier => throw new NotSupportedException();
    public virtual ServiceBusReceiveMode ReceiveMode => throw new NotSupportedException();
    public virtual int PrefetchCount => throw new NotSupportedException();
    public virtual bool IsProcessing => throw new NotSupportedException();
    public virtual int MaxConcurrentCalls => throw new NotSupportedException();
    public virtual bool AutoCompleteMessages => throw new NotSupportedException();
    public virtual TimeSpan MaxAutoLockRenewalDuration => throw new NotSupportedException();
    public virtual bool IsClosed => throw new NotSupportedException();
    public event Func<ProcessMessageEventArgs, Task> ProcessMessageAsync { add => throw new NotSupportedException(); remove => throw new NotSupportedException(); }
    public event Func<ProcessErrorEventArgs, Task> ProcessErrorAsync { add => throw new NotSupportedException(); remove => throw new NotSupportedException(); }
    public virtual Task StartProcessingAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task StopProcessingAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public virtual Task CloseAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
#pragma warning disable CA1816
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
