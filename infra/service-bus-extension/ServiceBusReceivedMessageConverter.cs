using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Makes the parameter of a function from what the host sends of a message.</summary>
/// <remarks>The host sends binding data: the 16 bytes of the lock token, then the message as AMQP encodes it.</remarks>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(ServiceBusReceivedMessage))]
internal sealed class ServiceBusReceivedMessageConverter : IInputConverter
{
    private const string Source = "AzureServiceBusReceivedMessage";
    private const int LockTokenSize = 16;

    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        if (
            context.Source is not ModelBindingData { Source: Source } data
            || context.TargetType != typeof(ServiceBusReceivedMessage)
        )
            return new(ConversionResult.Unhandled());
        var bytes = data.Content.ToMemory();
        var message = AmqpAnnotatedMessage.FromBytes(BinaryData.FromBytes(bytes[LockTokenSize..]));
        var lockToken = BinaryData.FromBytes(bytes[..LockTokenSize]);
        return new(ConversionResult.Success(ServiceBusReceivedMessage.FromAmqpMessage(message, lockToken)));
    }
}
