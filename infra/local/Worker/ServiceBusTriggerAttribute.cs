using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function by a message.</summary>
public sealed class ServiceBusTriggerAttribute : TriggerBindingAttribute
{
    /// <summary>Messages of a queue.</summary>
    public ServiceBusTriggerAttribute(string queueName) => QueueName = queueName;

    /// <summary>Messages of a subscription. Not supported by the local platform.</summary>
    public ServiceBusTriggerAttribute(string topicName, string subscriptionName)
    {
        TopicName = topicName;
        SubscriptionName = subscriptionName;
    }

    /// <summary>Name of the setting with the connection string, or prefix of the one that ends in <c>__fullyQualifiedNamespace</c>.</summary>
    public string? Connection { get; set; }

    /// <summary>The queue; <c>%setting%</c> is replaced.</summary>
    public string? QueueName { get; }

    /// <summary>The topic.</summary>
    public string? TopicName { get; }

    /// <summary>The subscription.</summary>
    public string? SubscriptionName { get; }

    /// <summary>Sessions. Not supported by the local platform.</summary>
    public bool IsSessionsEnabled { get; set; }

    /// <summary>Arrays of messages. Not supported by the local platform.</summary>
    public bool IsBatched { get; set; }

    /// <summary>Whether a message is completed when the function returns; unset, host.json decides.</summary>
    public bool AutoCompleteMessages { get => AutoComplete ?? true; set => AutoComplete = value; }

    internal bool? AutoComplete { get; private set; }
}
