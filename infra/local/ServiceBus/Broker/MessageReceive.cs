using Azure.Messaging.ServiceBus;

namespace Serverless.Local.Messaging;

/// <summary>One receiver's wait for messages.</summary>
internal sealed class MessageReceive(bool deadLetters, ServiceBusReceiveMode mode, int maxMessages, bool forProcessor)
    : TaskCompletionSource<IReadOnlyList<ServiceBusReceivedMessage>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public bool DeadLetters { get; } = deadLetters;
    public ServiceBusReceiveMode Mode { get; } = mode;
    public int MaxMessages { get; } = maxMessages;

    /// <summary>A processor's message keeps the broker busy from its hand-over until the processor is done with it.</summary>
    public bool ForProcessor { get; } = forProcessor;

    /// <summary>Its place in the line.</summary>
    public long Order { get; set; }

    /// <summary>When the wait ends without a message.</summary>
    public long EndTicks { get; init; } = long.MaxValue;

    /// <summary>Completes when the delivery is in the journal.</summary>
    public Task Written { get; set; } = System.Threading.Tasks.Task.CompletedTask;
}
