using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace Serverless.Local.Messaging;

/// <summary>The link on which a client gets the answers to its requests, as far as it gives credit for them.</summary>
internal sealed class ReplyLink(LinkCredit credit, Action onClosed) : LinkEndpoint
{
    private readonly Queue<Message> _waiting = new();

    public void Send(Message answer)
    {
        lock (_waiting)
        {
            _waiting.Enqueue(answer);
            SendWaiting();
        }
    }

    public override void OnFlow(FlowContext flowContext)
    {
        credit.Flow(flowContext.Messages);
        lock (_waiting)
            SendWaiting();
        if (flowContext.Link.IsDraining)
        {
            credit.BeginDrain();
            credit.CompleteDrain();
        }
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        if (!dispositionContext.Settled && credit.IsAttached)
            credit.Confirm(dispositionContext.Message, dispositionContext.DeliveryState);
    }

    public override void OnLinkClosed(ListenerLink link, Error error) => onClosed();

    private void SendWaiting()
    {
        while (_waiting.Count > 0 && credit.TryReserve())
        {
            var answer = _waiting.Dequeue();
            var encoded = answer.Encode();
            credit.TryTransfer(answer, new ArraySegment<byte>(encoded.Buffer, encoded.Offset, encoded.Length));
        }
    }
}
