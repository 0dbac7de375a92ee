using Amqp;
using Amqp.Framing;
using Amqp.Listener;
using Amqp.Transactions;
using Amqp.Types;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>
/// A receiver's link: credit comes in, messages go out, outcomes come back and are confirmed when the journal has
/// them.
/// </summary>
internal sealed class ReceiversLink(MessageQueue queue, LinkConsumer consumer, LinkCredit credit, ILogger logger)
    : LinkEndpoint
{
    private static readonly Symbol DeadLetterReason = new(MessageContent.DeadLetterReason);

    public override void OnFlow(FlowContext flowContext)
    {
        credit.Flow(flowContext.Messages);
        queue.Flow(consumer, flowContext.Link.IsDraining);
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        if (
            credit.IsAttached
            && dispositionContext.Message is OutgoingMessage { LockToken: var token }
            && token != Guid.Empty
        )
            LinkWork.Start(dispositionContext.Link, logger, () => SettleAsync(dispositionContext, token));
    }

    public override void OnLinkClosed(ListenerLink link, Error error)
    {
        // The library calls this under locks of its own, which a transfer needs as well: the queue's lock must not be
        // waited for here.
        consumer.IsClosed = true;
        ThreadPool.QueueUserWorkItem(
            static state => state.queue.Remove(state.consumer),
            (queue, consumer),
            preferLocal: false
        );
    }

    private async Task SettleAsync(DispositionContext context, Guid lockToken)
    {
        DeliveryState answer;
        try
        {
            if (SettlementOf(context.DeliveryState) is not { } settlement)
                return;
            await queue.SettleAsync(lockToken, settlement).ConfigureAwait(false);
            // A confirmed dead-lettering is "accepted": "rejected" would mean that the outcome itself was.
            answer = context.DeliveryState is Rejected ? new Accepted() : context.DeliveryState;
        }
        catch (BrokerException ex)
        {
            answer = new Rejected { Error = AmqpErrors.Of(ex) };
        }
        catch (AmqpException ex)
        {
            answer = new Rejected { Error = ex.Error };
        }
        if (!context.Settled)
            credit.Confirm(context.Message, answer);
    }

    private static Settlement? SettlementOf(DeliveryState state) =>
        state switch
        {
            Accepted => new Settlement(Outcome.Complete),
            Released => new Settlement(Outcome.Return),
            Rejected rejected => new Settlement(Outcome.DeadLetter, AmqpProperties.Encode(Reason(rejected.Error))),
            Modified { UndeliverableHere: true } deferred => new Settlement(
                Outcome.Defer,
                AmqpProperties.Encode(deferred.MessageAnnotations)
            ),
            Modified abandoned => new Settlement(Outcome.Abandon, AmqpProperties.Encode(abandoned.MessageAnnotations)),
            TransactionalState => throw new AmqpException(
                ErrorCode.NotImplemented,
                "The local broker has no transactions."
            ),
            // "Received" tells of a transfer that is under way.
            _ => null,
        };

    /// <summary>
    /// The service's clients put the reason, and properties to change, into the error's information; others may give
    /// an error alone.
    /// </summary>
    private static Fields? Reason(Error? error) =>
        error switch
        {
            null => null,
            { Info: { } info } when info.ContainsKey(DeadLetterReason) => info,
            _ => new Fields
            {
                [DeadLetterReason] = error.Condition?.ToString(),
                [new Symbol(MessageContent.DeadLetterErrorDescription)] = error.Description,
            },
        };
}
