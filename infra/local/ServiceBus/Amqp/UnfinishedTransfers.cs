using Amqp;

namespace Serverless.Local.Messaging;

/// <summary>
/// How much of the messages under way on a connection has come in: the library collects the frames of a message
/// without an end. A message that is too large for the queue, but not absurdly so, is left to its link, which can say
/// so better.
/// </summary>
internal sealed class UnfinishedTransfers
{
    private const int TransferDescriptor = 0x14;
    private const int HandleField = 0;
    private const int MoreField = 5;
    private const long Limit = 4 * MessageQueue.MaxMessageSizeInBytes;

    private readonly Dictionary<(ushort Channel, uint Handle), long> _sizes = [];

    /// <exception cref="AmqpException">The message has no end.</exception>
    public void Count(ushort channel, ReadOnlySpan<byte> performative, int payload)
    {
        var reader = new AmqpReader(performative);
        if (reader.ReadDescriptor() != TransferDescriptor)
            return;
        uint? handle = null;
        var more = false;
        var fields = reader.ReadListHead();
        for (var field = 0; field < fields && field <= MoreField; field++)
        {
            if (field == HandleField)
                handle = reader.ReadUInt();
            else if (field == MoreField)
                more = reader.ReadBoolean() ?? false;
            else
                reader.Skip();
        }
        if (handle is null)
            return;
        var link = (channel, handle.Value);
        if (!more)
        {
            _sizes.Remove(link);
            return;
        }
        var size = _sizes.GetValueOrDefault(link) + payload;
        _sizes[link] = size;
        if (size > Limit)
            throw new AmqpException(ErrorCode.MessageSizeExceeded, "A message is far larger than a queue takes.");
    }
}
