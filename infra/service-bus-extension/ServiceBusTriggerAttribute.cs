using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function for each message of a queue or of a topic's subscription.</summary>
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
[InputConverter(typeof(ServiceBusReceivedMessageConverter))]
public sealed class ServiceBusTriggerAttribute : TriggerBindingAttribute, ISupportCardinality
{
    /// <summary>Listens to a queue.</summary>
    public ServiceBusTriggerAttribute(string queueName) => QueueName = queueName;

    /// <summary>Listens to a subscription.</summary>
    public ServiceBusTriggerAttribute(string topicName, string subscriptionName)
    {
        TopicName = topicName;
        SubscriptionName = subscriptionName;
    }

    /// <summary>Name of the setting with the connection.</summary>
    public string? Connection { get; set; }

    /// <summary>The queue, or null for a topic.</summary>
    public string? QueueName { get; }

    /// <summary>The topic, or null for a queue.</summary>
    public string? TopicName { get; }

    /// <summary>The topic's subscription.</summary>
    public string? SubscriptionName { get; }

    /// <summary>Whether messages come by session.</summary>
    public bool IsSessionsEnabled { get; set; }

    /// <summary>
    /// Whether a message is completed when its function has ended without an exception; otherwise as host.json says.
    /// </summary>
    public bool AutoCompleteMessages { get; set; }

    /// <summary>Whether the function takes several messages at once.</summary>
    // The generator of the functions' metadata asks for the attribute on every property that stands for a cardinality.
    [DefaultValue(false)]
    public bool IsBatched { get; set; }

    Cardinality ISupportCardinality.Cardinality
    {
        get => IsBatched ? Cardinality.Many : Cardinality.One;
        set => IsBatched = value == Cardinality.Many;
    }
}
