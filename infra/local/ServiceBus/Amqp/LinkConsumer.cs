using Amqp.Listener;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>A receiver's link as a queue's consumer.</summary>
internal sealed class LinkConsumer(ListenerLink link, LinkCredit credit, bool deadLetters, ILogger logger)
    : Consumer(deadLetters, deletes: link.SettleOnSend)
{
    public override bool TryReserve() => credit.TryReserve();

    public override bool TryTransfer(ShownMessage message) =>
        credit.TryTransfer(new OutgoingMessage(message.LockToken), message.Encode());

    public override void BeginDrain() => credit.BeginDrain();

    public override void CompleteDrain() => credit.CompleteDrain();

    public override void Fail(BrokerException why)
    {
        FrontLog.LinkFailed(logger, why);
        AmqpErrors.TryClose(link, AmqpErrors.Of(why));
    }
}
