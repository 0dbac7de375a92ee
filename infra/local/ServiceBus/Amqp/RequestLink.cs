using System.Collections.Concurrent;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>The link on which a client sends requests to a node.</summary>
internal sealed class RequestLink(RequestNode node, ConcurrentDictionary<string, ReplyLink> replies, ILogger logger)
    : LinkEndpoint
{
    public override void OnMessage(MessageContext messageContext) =>
        LinkWork.Start(messageContext.Link, logger, () => AnswerAsync(messageContext));

    public override void OnFlow(FlowContext flowContext)
    {
        // A sender's flow only tells how much it has to send.
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        // Requests are settled when they come in.
    }

    private async Task AnswerAsync(MessageContext context)
    {
        try
        {
            var request = Decode(((IncomingMessage)context.Message).Bytes);
            if (request.Properties?.ReplyTo is not { } replyTo || !replies.TryGetValue(replyTo, out var reply))
            {
                context.Complete(
                    AmqpErrors.Of(ErrorCode.NotFound, "There is no link to the address that the answer should go to.")
                );
                return;
            }
            context.Complete();
            var answer = await node.AnswerAsync(request).ConfigureAwait(false);
            answer.Properties = new Properties();
            answer.Properties.SetCorrelationId(request.Properties.GetMessageId());
            reply.Send(answer);
        }
        catch (InvalidDataException ex)
        {
            context.Complete(AmqpErrors.Of(ErrorCode.DecodeError, ex.Message));
        }
    }

    /// <summary>The check first: the library's decoder is recursive.</summary>
    private static Message Decode(byte[] bytes)
    {
        MessageContent.Parse(bytes);
        return Message.Decode(new ByteBuffer(bytes, 0, bytes.Length, bytes.Length));
    }
}
