using System.Net;
using System.Net.Sockets;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Outbound;

/// <summary>
/// The edge to the network. What lies between finding addresses and connecting to them, the judgement, is
/// <see cref="WebhookSender"/>'s.
/// </summary>
/// <param name="Resolve">All addresses of a host name; an address in text is its own.</param>
/// <param name="Connect">A connection to an address and port. Never looks a name up.</param>
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
