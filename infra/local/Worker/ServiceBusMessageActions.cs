using Azure.Messaging.ServiceBus;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Settles the message of a <see cref="ServiceBusTriggerAttribute"/>.</summary>
/// <remarks>The real type calls the host: there a lost lock is an <c>RpcException</c>, here a <see cref="ServiceBusException"/>.</remarks>
public class ServiceBusMessageActions
{
    private readonly ProcessMessageEventArgs? _args;

    /// <summary>For derived test doubles.</summary>
    protected ServiceBusMessageActions()
    {
    }

    internal ServiceBusMessageActions(ProcessMessageEventArgs args) => _args = args;

    private ProcessMessageEventArgs Args => _args ?? throw new InvalidOperationException("A derived class must override every member that is used.");

    /// <summary>Deletes the message.</summary>
    public virtual Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Args.CompleteMessageAsync(message, cancellationToken);
    }

    /// <summary>Gives the message back for another delivery.</summary>
    public virtual Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Args.AbandonMessageAsync(message, propertiesToModify, cancellationToken);
    }

    /// <summary>Moves the message to the dead-letter queue.</summary>
    public virtual Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        Dictionary<string, object>? propertiesToModify = null,
        string? deadLetterReason = null,
        string? deadLetterErrorDescription = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Args.DeadLetterMessageAsync(message, propertiesToModify, deadLetterReason!, deadLetterErrorDescription, cancellationToken);
    }

    /// <summary>Sets the message aside until it is asked for by its sequence number.</summary>
    public virtual Task DeferMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Args.DeferMessageAsync(message, propertiesToModify, cancellationToken);
    }

    /// <summary>Holds the lock for longer.</summary>
    public virtual Task RenewMessageLockAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Args.RenewMessageLockAsync(message, cancellationToken);
    }
}
