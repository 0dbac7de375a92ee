using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Campaign;

/// <summary>What a connection through a <see cref="FaultyPath"/> suffers.</summary>
internal enum PathFault
{
    None,

    /// <summary>Connections are cut, new ones at once.</summary>
    Cut,

    /// <summary>Every part takes some time.</summary>
    Slow,

    /// <summary>A server's answer is lost: it has done what was asked.</summary>
    LoseAnswers,

    /// <summary>A request over HTTP is answered with 503 and not passed on.</summary>
    Unavailable,
}

/// <summary>A TCP proxy that harms what goes through it.</summary>
internal sealed class FaultyPath : IAsyncDisposable
{
    private static readonly byte[] Busy = Encoding.ASCII.GetBytes(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<(Socket, Socket), bool> _open = new();
    private readonly Random _random = new(1);
    private readonly int _target;
    private readonly Task _accepting;
    private volatile PathFault _fault;
    private double _share = 1;

    public FaultyPath(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on, until another fault is set.</summary>
    /// <param name="fault">What happens.</param>
    /// <param name="share">To which share of the parts that pass.</param>
    public void Set(PathFault fault, double share = 1)
    {
        Volatile.Write(ref _share, share);
        _fault = fault;
        if (fault == PathFault.Cut)
            foreach (var (pair, _) in _open)
                Close(pair);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        foreach (var (pair, _) in _open)
            Close(pair);
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // That client has given up.
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        if (_fault == PathFault.Cut)
        {
            client.Dispose();
            return;
        }
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var pair = (client, server);
        _open[pair] = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            await Task.WhenAny(PassAsync(client, server, isAnswer: false), PassAsync(server, client, isAnswer: true));
        }
        catch (Exception ex) when (ex is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either end is gone, and so the other goes.
        }
        finally
        {
            Close(pair);
            _open.TryRemove(pair, out _);
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isAnswer)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var read = await from.ReceiveAsync(buffer, _stop.Token);
            if (read == 0)
                return;
            switch (Hit())
            {
                case PathFault.Slow:
                    await Task.Delay(20 + Dice(200), _stop.Token);
                    break;
                case PathFault.LoseAnswers when isAnswer:
                    return;
                case PathFault.Unavailable when !isAnswer && IsRequest(buffer):
                    await from.SendAsync(Busy, _stop.Token);
                    return;
            }
            for (var sent = 0; sent < read; )
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
        }
    }

    private PathFault Hit()
    {
        var fault = _fault;
        if (fault == PathFault.None)
            return fault;
        lock (_random)
            return _random.NextDouble() < Volatile.Read(ref _share) ? fault : PathFault.None;
    }

    private int Dice(int below)
    {
        lock (_random)
            return _random.Next(below);
    }

    private static bool IsRequest(byte[] bytes) =>
        Encoding.ASCII.GetString(bytes, 0, 5).Split(' ')[0]
            is "GET"
                or "POST"
                or "PUT"
                or "MERGE"
                or "PATCH"
                or "PATC"
                or "DELET";

    private static void Close((Socket Client, Socket Server) pair)
    {
        pair.Client.Dispose();
        pair.Server.Dispose();
    }
}
