using System.Buffers.Binary;
using System.Net.Sockets;
using Amqp;

namespace Serverless.Local.Messaging;

/// <summary>
/// The bytes of one connection. What comes in is handed on frame by frame, and only after the frame was found to be
/// well formed: the library's decoder is recursive and trusts sizes, so that a few hostile bytes could otherwise take
/// the process down.
/// </summary>
internal sealed class FrameTransport(Socket socket) : IAsyncTransport, IDisposable
{
    public const int MaxFrameSize = 64 * 1024;

    private const uint ProtocolHeader = 0x414d5150; // "AMQP"
    private const int ProtocolHeaderSize = 8;
    private const int FrameHeaderSize = 8;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly UnfinishedTransfers _unfinished = new();
    private readonly byte[] _buffer = new byte[2 * MaxFrameSize];
    private int _start;
    private int _checked;
    private int _end;
    private byte[] _sending = new byte[4096];

    /// <summary>Completes when the connection is closed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>True as soon as a connection uses the transport and will close it.</summary>
    public bool IsInUse { get; private set; }

    public void SetConnection(Connection connection) => IsInUse = true;

    public Task<int> ReceiveAsync(byte[] buffer, int offset, int count) =>
        _checked > _start ? Task.FromResult(Take(buffer, offset, count)) : FillAsync(buffer, offset, count);

    public int Receive(byte[] buffer, int offset, int count) =>
        ReceiveAsync(buffer, offset, count).GetAwaiter().GetResult();

    public async Task SendAsync(IList<ByteBuffer> bufferList, int listSize)
    {
        // One write, not one a frame: most frames are a few dozen bytes. The library makes one call at a time.
        if (_sending.Length < listSize)
            _sending = new byte[Math.Max(listSize, 2 * _sending.Length)];
        var length = 0;
        foreach (var frame in bufferList)
        {
            frame.Buffer.AsSpan(frame.Offset, frame.Length).CopyTo(_sending.AsSpan(length));
            length += frame.Length;
        }
        await _stream.WriteAsync(_sending.AsMemory(0, length)).ConfigureAwait(false);
    }

    public void Send(ByteBuffer buffer) => _stream.Write(buffer.Buffer, buffer.Offset, buffer.Length);

    public void Close()
    {
        _stream.Dispose();
        _ended.TrySetResult();
    }

    public void Dispose() => Close();

    private async Task<int> FillAsync(byte[] buffer, int offset, int count)
    {
        while (_checked == _start)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = _checked = 0;
            }
            var received = await _stream.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
            if (received == 0)
                return 0;
            _end += received;
            CheckFrames();
        }
        return Take(buffer, offset, count);
    }

    private int Take(byte[] buffer, int offset, int count)
    {
        var taken = Math.Min(count, _checked - _start);
        _buffer.AsSpan(_start, taken).CopyTo(buffer.AsSpan(offset));
        _start += taken;
        return taken;
    }

    private void CheckFrames()
    {
        while (_end - _checked >= sizeof(uint))
        {
            var first = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_checked));
            if (first != ProtocolHeader && first is < FrameHeaderSize or > MaxFrameSize)
                throw new AmqpException(ErrorCode.FramingError, $"A frame cannot have {first} bytes.");
            var size = first == ProtocolHeader ? ProtocolHeaderSize : (int)first;
            if (_end - _checked < size)
                return;
            if (first != ProtocolHeader)
                CheckFrame(_buffer.AsSpan(_checked, size));
            _checked += size;
        }
    }

    private void CheckFrame(Span<byte> frame)
    {
        var body = frame[4] * 4;
        if (body < FrameHeaderSize || body > frame.Length)
            throw new AmqpException(ErrorCode.FramingError, "A frame's body lies outside of it.");
        if (body == frame.Length)
            return;
        try
        {
            var reader = new AmqpReader(frame[body..]);
            reader.Skip();
            var performative = frame.Slice(body, reader.Position);
            SessionWindow.Limit(performative);
            _unfinished.Count(
                BinaryPrimitives.ReadUInt16BigEndian(frame[6..]),
                performative,
                frame.Length - body - reader.Position
            );
        }
        catch (InvalidDataException ex)
        {
            throw new AmqpException(ErrorCode.DecodeError, ex.Message);
        }
    }
}
