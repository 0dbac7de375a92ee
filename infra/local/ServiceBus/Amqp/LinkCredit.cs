using System.Runtime.CompilerServices;
using Amqp;
using Amqp.Framing;
using Amqp.Listener;

namespace Serverless.Local.Messaging;

/// <summary>How many messages a receiver still takes on its link. The listener's link does not enforce it.</summary>
/// <remarks>
/// The link's own count is wrong after a flow that adds nothing (a receiver that repeats itself, asks for less, or
/// drains): it is set to 0. What the receiver allows is always the count before plus the difference that the link
/// reports; that is kept here and put right in the link, from which the next difference is computed. All transfers of
/// a link go through here, so that no transfer comes between a flow and its accounting.
/// </remarks>
/// <param name="link">The link to a receiver.</param>
/// <param name="sending">
/// One lock for all that is sent on a connection. The library loses track of a session's transfers when one of them is
/// settled, by an answer on another thread, before the call that sends it has returned.
/// </param>
internal sealed class LinkCredit(ListenerLink link, Lock sending)
{
    private int _credit;
    private int _reserved;
    private bool _draining;

    /// <summary>
    /// False from the first sign of the link's end. The library then reports an outcome for all that was not settled,
    /// under locks of its own: none of these outcomes is the receiver's.
    /// </summary>
    public bool IsAttached => link.LinkState == LinkState.Attached && !link.IsClosed;

    /// <param name="difference">What the flow adds to the credit known before, as the link reports it.</param>
    public void Flow(int difference)
    {
        lock (sending)
        {
            _credit += difference;
            CreditOf(link) = unchecked((uint)_credit);
            _draining = false;
        }
    }

    /// <summary>Takes one credit, for a message that <see cref="TryTransfer"/> sends later.</summary>
    public bool TryReserve()
    {
        lock (sending)
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
        lock (sending)
        {
            _reserved--;
            if (!IsAttached)
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

    /// <summary>Answers a receiver's outcome, which settles the message.</summary>
    public void Confirm(Message message, DeliveryState outcome)
    {
        lock (sending)
        {
            try
            {
                link.DisposeMessage(message, outcome, settled: true);
            }
            catch (Exception ex) when (ex is AmqpException or ObjectDisposedException)
            {
                // The connection ended before the answer; the outcome stands.
            }
        }
    }

    /// <summary>Nothing can be reserved any more, until the next flow.</summary>
    public void BeginDrain()
    {
        lock (sending)
            _draining = true;
    }

    /// <summary>
    /// Tells the receiver that the rest of the credit is used up, unless it has given new credit meanwhile.
    /// </summary>
    public void CompleteDrain()
    {
        lock (sending)
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
