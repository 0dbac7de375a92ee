// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using System.Data.Common;
using Azure.Core;
using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>A namespace of Service Bus. Senders, receivers and processors come from it and end with it.</summary>
public class ServiceBusClient : IAsyncDisposable
{
    private const string DeadLetterSuffix = "/$DeadLetterQueue";
    private readonly ServiceBusClientOptions _options;

    protected ServiceBusClient()
    {
    }

    /// <param name="connectionString"><c>Endpoint=sb://{namespace}/;SharedAccessKeyName=…;SharedAccessKey=…</c></param>
    public ServiceBusClient(string connectionString)
        : this(connectionString, new ServiceBusClientOptions())
    {
    }

    /// <inheritdoc cref="ServiceBusClient(string)"/>
    public ServiceBusClient(string connectionString, ServiceBusClientOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        FullyQualifiedNamespace = Host(connectionString);
        _options = options ?? new ServiceBusClientOptions();
        Identifier = Name(_options.Identifier, FullyQualifiedNamespace);
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential)
        : this(fullyQualifiedNamespace, credential, new ServiceBusClientOptions())
    {
    }

    public ServiceBusClient(string fullyQualifiedNamespace, TokenCredential credential, ServiceBusClientOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(fullyQualifiedNamespace);
        ArgumentNullException.ThrowIfNull(credential);
        FullyQualifiedNamespace = fullyQualifiedNamespace;
        _options = options ?? new ServiceBusClientOptions();
        Identifier = Name(_options.Identifier, FullyQualifiedNamespace);
    }

    public virtual string FullyQualifiedNamespace { get; }

    public virtual bool IsClosed { get; private set; }

    public ServiceBusTransportType TransportType => _options.TransportType;

    public virtual string Identifier { get; }

    internal TimeSpan TryTimeout => _options.RetryOptions.TryTimeout;

    public virtual ServiceBusSender CreateSender(string queueOrTopicName) => CreateSender(queueOrTopicName, new ServiceBusSenderOptions());

    public virtual ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options)
    {
        Check(queueOrTopicName, nameof(queueOrTopicName));
        return new ServiceBusSender(this, queueOrTopicName, options);
    }

    public virtual ServiceBusReceiver CreateReceiver(string queueName) => CreateReceiver(queueName, new ServiceBusReceiverOptions());

    public virtual ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options)
    {
        Check(queueName, nameof(queueName));
        return new ServiceBusReceiver(this, queueName, options);
    }

    public virtual ServiceBusProcessor CreateProcessor(string queueName) => CreateProcessor(queueName, new ServiceBusProcessorOptions());

    public virtual ServiceBusProcessor CreateProcessor(string queueName, ServiceBusProcessorOptions options)
    {
        Check(queueName, nameof(queueName));
        return new ServiceBusProcessor(this, queueName, options);
    }

    public virtual ValueTask DisposeAsync()
    {
        IsClosed = true;
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    internal static string Name(string identifier, string path) => string.IsNullOrEmpty(identifier) ? $"{path}-{Guid.NewGuid()}" : identifier;

    /// <summary>The path under which a queue's or its dead-letter queue's messages are received.</summary>
    internal static string EntityPath(string queueName, SubQueue subQueue) => subQueue switch
    {
        SubQueue.DeadLetter => queueName + DeadLetterSuffix,
        SubQueue.TransferDeadLetter => queueName + "/$Transfer" + DeadLetterSuffix,
        _ => queueName,
    };

    /// <summary>Looked up at each call: a broker may come, go and come again during a client's life.</summary>
    internal (MessageQueue Queue, bool DeadLetters) Find(string entityPath, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        // This very type, as the package throws it: there are callers that catch no other.
        if (cancellationToken.IsCancellationRequested)
            throw new TaskCanceledException(null, null, cancellationToken);
        return entityPath.EndsWith(DeadLetterSuffix, StringComparison.OrdinalIgnoreCase)
            ? (Broker.Find(FullyQualifiedNamespace, entityPath[..^DeadLetterSuffix.Length]), true)
            : (Broker.Find(FullyQualifiedNamespace, entityPath), false);
    }

    private void Check(string entityName, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(entityName, parameter);
        ObjectDisposedException.ThrowIf(IsClosed, this);
    }

    private static string Host(string connectionString)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            if (parts.TryGetValue("Endpoint", out var endpoint) && Uri.TryCreate((string)endpoint, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
                return uri.Host;
        }
        catch (ArgumentException ex)
        {
            throw new FormatException("The connection string could not be parsed; it must consist of pairs Name=Value, separated by semicolons.", ex);
        }
        throw new ArgumentException("The connection string must name an Endpoint, as in Endpoint=sb://{namespace}/.", nameof(connectionString));
    }
}
