using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace Serverless.Local.Messaging;

/// <summary>How the service names what goes wrong. Clients choose their exceptions by these.</summary>
internal static class AmqpErrors
{
    public static readonly Symbol LockLost = new("com.microsoft:message-lock-lost");
    public static readonly Symbol MessageNotFound = new("com.microsoft:message-not-found");
    public static readonly Symbol ServerBusy = new("com.microsoft:server-busy");

    public static Error Of(BrokerException ex) =>
        Of(
            ex.Error switch
            {
                BrokerError.LockLost => LockLost,
                BrokerError.MessageNotFound => MessageNotFound,
                BrokerError.TooLarge => ErrorCode.MessageSizeExceeded,
                BrokerError.NotAllowed => ErrorCode.NotAllowed,
                _ => ServerBusy,
            },
            ex.Message
        );

    public static Error Of(Symbol condition, string description) => new(condition) { Description = description };

    /// <summary>Closes a link without waiting for the peer.</summary>
    public static void TryClose(Link link, Error error)
    {
        try
        {
            link.Close(TimeSpan.Zero, error);
        }
        catch (Exception ex) when (ex is AmqpException or ObjectDisposedException)
        {
            // It is closed already.
        }
    }
}
