// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using Azure.Core;

namespace Azure.Messaging.ServiceBus;

public class ServiceBusClient : IAsyncDisposable
{
    protected ServiceBusClient() => throw new NotSupportedException();
    public ServiceBusClient(string connectionString) => throw new NotSupportedException();
    public ServiceBusClient(string connectionString, ServiceBusClientOptions options) => throw new NotSupportedException();
    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential) => throw new NotSupportedException();
    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions options) => throw new NotSupportedException();
    public virtual string FullyQualifiedNamespace => throw new NotSupportedException();
    public virtual bool IsClosed => throw new NotSupportedException();
    public ServiceBusTransportType TransportType => throw new NotSupportedException();
    public virtual string Identifier => throw new NotSupportedException();
    public virtual ServiceBusSender CreateSender(string queueOrTopicName) => throw new NotSupportedException();
    public virtual ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options) => throw new NotSupportedException();
    public virtual ServiceBusReceiver CreateReceiver(string queueName) => throw new NotSupportedException();
    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) => throw new NotSupportedException();
    public virtual ServiceBusProcessor CreateProcessor(string queueName) => throw new NotSupportedException();
    public virtual ServiceBusProcessor CreateProcessor(string queueName, ServiceBusProcessorOptions options) => throw new NotSupportedException();
    #pragma warning disable CA1816
    public virtual ValueTask DisposeAsync() => throw new NotSupportedException();
}
