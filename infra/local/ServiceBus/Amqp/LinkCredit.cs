using System.Runtime.CompilerServices;
using Amqp;
using Amqp.Listener;

namespace Serverless.Local.Messaging;

/// <summary>How many messages a receiver still takes on its link. The listener's link does not enforce it.</summary>
/// <remarks>
/// The link's own count is wrong after a flow that adds nothing (a receiver that repeats itself, asks for less, or drains): it is set to 0. What the receiver allows is
/// always the count before plus the difference that the link reports; that is kept here and put right in the link, from which the next difference is computed.
/// All transfers of a link go through here, so that no transfer comes between a flow and its accounting.
/// </remarks>
internal sealed class LinkCredit(ListenerLink link)
{
    private readonly Lock _lock = new();
    private int _credit;
    private int _reserved;
    private bool _draining;

    /// <param name="difference">What the flow adds to the credit known before, as the link reports it.</param>
    public void Flow(int difference)
    {
        lock (_lock)
        {
            _credit += difference;
            CreditOf(link) = unchecked((uint)_credit);
            _draining = false;
        }
    }

    /// <summary>Takes one credit, for a message that <see cref="TryTransfer"/> sends later.</summary>
    public bool TryReserve()
    {
        lock (_lock)
        {
            if (_draining || _credit - _reserved <= 0)
                return false;
            _reserved++;
            return true;
        }
    }

    /// <summary>Sends a message for which credit was reserved.</summary>
    /// <returns>False when the link is gone.</returns>
    public bool TryTransfer(Message message, ArraySegment<byte> encoded)
    {
        lock (_lock)
        {
            _reserved--;
            if (link.LinkState != LinkState.Attached)
                return false;
            try
            {
                link.SendMessage(message, new ByteBuffer(encoded.Array, encoded.Offset, encoded.Count, encoded.Count));
                _credit--;
                return true;
            }
            catch (Exception ex) when (ex is AmqpException or ObjectDisposedException)
            {
                // The connection ended meanwhile; its end is told to everybody concerned elsewhere.
                return false;
            }
        }
    }

    /// <summary>Nothing can be reserved any more, until the next flow.</summary>
    public void BeginDrain()
    {
        lock (_lock)
            _draining = true;
    }

    /// <summary>Tells the receiver that the rest of the credit is used up, unless it has given new credit meanwhile.</summary>
    public void CompleteDrain()
    {
        lock (_lock)
        {
            if (!_draining)
                return;
            _draining = false;
            _credit = 0;
            try
            {
                link.CompleteDrain();
            }
            catch (Exception ex) when (ex is AmqpException or ObjectDisposedException)
            {
                // The connection ended meanwhile.
            }
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "credit")]
    private static extern ref uint CreditOf(ListenerLink link);
}
