using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace Serverless.Local.Messaging;

/// <summary>The link on which a client gets the answers to its requests, as far as it gives credit for them.</summary>
internal sealed class ReplyLink(ListenerLink link, Action onClosed) : LinkEndpoint
{
    private readonly LinkCredit _credit = new(link);
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
        _credit.Flow(flowContext.Messages);
        lock (_waiting)
            SendWaiting();
        if (flowContext.Link.IsDraining)
        {
            _credit.BeginDrain();
            _credit.CompleteDrain();
        }
    }

    public override void OnDisposition(DispositionContext dispositionContext)
    {
        if (!dispositionContext.Settled && dispositionContext.Link.LinkState == LinkState.Attached)
            dispositionContext.Link.DisposeMessage(dispositionContext.Message, dispositionContext.DeliveryState, settled: true);
    }

    public override void OnLinkClosed(ListenerLink link, Error error) => onClosed();

    private void SendWaiting()
    {
        while (_waiting.Count > 0 && _credit.TryReserve())
        {
            var answer = _waiting.Dequeue();
            var encoded = answer.Encode();
            _credit.TryTransfer(answer, new ArraySegment<byte>(encoded.Buffer, encoded.Offset, encoded.Length));
        }
    }
}
