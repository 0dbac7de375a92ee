using Amqp;

namespace Serverless.Local.Messaging;

/// <summary>Gives a listener of the library the one connection that it is made for.</summary>
internal sealed class SingleTransport(FrameTransport transport) : TransportProvider
{
    private static readonly Task<IAsyncTransport> Never = new TaskCompletionSource<IAsyncTransport>().Task;
    private bool _given;

    public override Task<IAsyncTransport> CreateAsync(Address address)
    {
        if (!_given)
        {
            _given = true;
            return Task.FromResult<IAsyncTransport>(transport);
        }
        // The listener asks for the next one: the handshake is over, and if it failed nobody else closes the
        // transport.
        if (!transport.IsInUse)
            transport.Close();
        return Never;
    }
}
