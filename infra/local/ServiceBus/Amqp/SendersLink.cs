using Amqp;
using Amqp.Listener;
using Amqp.Transactions;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>A sender's link: what comes in is accepted when the journal has it.</summary>
internal sealed class SendersLink(MessageQueue queue, ILogger logger) : LinkEndpoint
{
    public override void OnMessage(MessageContext messageContext) =>
        LinkWork.Start(messageContext.Link, logger, () => TakeAsync(messageContext));

    public override void OnFlow(FlowContext flowContext)
    {
        // A sender's flow only tells how much it has to send.
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        // Its messages are settled by the answer; what the sender says to it changes nothing.
    }

    private async Task TakeAsync(MessageContext context)
    {
        try
        {
            var message = (IncomingMessage)context.Message;
            if (context.DeliveryState is TransactionalState)
            {
                context.Complete(AmqpErrors.Of(ErrorCode.NotImplemented, "The local broker has no transactions."));
                return;
            }
            if (message.Bytes.Length > MessageQueue.MaxMessageSizeInBytes)
            {
                AmqpErrors.TryClose(
                    context.Link,
                    AmqpErrors.Of(
                        ErrorCode.MessageSizeExceeded,
                        $"A message of {message.Bytes.Length} bytes exceeds the limit of "
                            + $"{MessageQueue.MaxMessageSizeInBytes}."
                    )
                );
                return;
            }
            await queue.SendAsync(MessageContent.ParseTransfer(message.Bytes, message.Format)).ConfigureAwait(false);
            context.Complete();
        }
        catch (InvalidDataException ex)
        {
            context.Complete(AmqpErrors.Of(ErrorCode.DecodeError, ex.Message));
        }
        catch (BrokerException ex)
        {
            context.Complete(AmqpErrors.Of(ex));
        }
    }
}
