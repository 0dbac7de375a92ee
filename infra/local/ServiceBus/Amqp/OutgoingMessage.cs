using Amqp;
using Amqp.Handler;

namespace Serverless.Local.Messaging;

/// <summary>A message on its way to a receiver: the library needs an object to know the delivery by.</summary>
internal sealed class OutgoingMessage(Guid lockToken) : Message
{
    /// <summary>Empty where there is no lock.</summary>
    public Guid LockToken { get; } = lockToken;
}

/// <summary>Makes the lock token the delivery's tag, which is where clients read it. The library offers no other way to set the tag.</summary>
internal sealed class LockTokenTags : IHandler
{
    public bool CanHandle(EventId id) => id == EventId.SendDelivery;

    public void Handle(Event protocolEvent)
    {
        if (protocolEvent.Context is IDelivery { Message: OutgoingMessage { LockToken: var token } } delivery && token != Guid.Empty)
            delivery.Tag = token.ToByteArray();
    }
}
