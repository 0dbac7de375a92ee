using Amqp;

namespace Serverless.Local.Messaging;

/// <summary>A message on its way to a receiver: the library needs an object to know the delivery by.</summary>
internal sealed class OutgoingMessage(Guid lockToken) : Message
{
    /// <summary>Empty where there is no lock.</summary>
    public Guid LockToken { get; } = lockToken;
}
