using System.Net;
using System.Net.Sockets;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Outbound;

/// <summary>
/// Interface to the network. <see cref="WebhookSender"/> checks the resolved addresses before it connects.
/// </summary>
/// <param name="Resolve">Returns all addresses of a host name; an IP address gives itself.</param>
/// <param name="Connect">Connects to an address and port, never to a name.</param>
internal sealed record OutboundNetwork(
    Func<string, CancellationToken, Task<IPAddress[]>> Resolve,
    Func<IPAddress, int, CancellationToken, Task<Stream>> Connect
)
{
    /// <summary>The machine's resolver and its sockets.</summary>
    public static OutboundNetwork System { get; } = new(Dns.GetHostAddressesAsync, ConnectAsync);

    private static async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken ct)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
