using Amqp.Framing;
using Amqp.Handler;
using Microsoft.Extensions.Logging;
using EventId = Amqp.Handler.EventId;

namespace Serverless.Local.Messaging;

/// <summary>What the library offers no other way to take part in.</summary>
internal sealed class ConnectionEvents(ILogger logger) : IHandler
{
    public bool CanHandle(EventId id) => id is EventId.SendDelivery or EventId.ConnectionLocalClose;

    public void Handle(Event protocolEvent)
    {
        switch (protocolEvent.Context)
        {
            // The lock token is the delivery's tag, which is where clients read it.
            case IDelivery { Message: OutgoingMessage { LockToken: var token } } delivery when token != Guid.Empty:
                delivery.Tag = token.ToByteArray();
                break;
            // The library closes a connection on whose bytes it stumbles, and tells nobody but the client.
            case Close { Error: { } error }:
                FrontLog.ConnectionClosed(logger, error.Condition, error.Description);
                break;
        }
    }
}
