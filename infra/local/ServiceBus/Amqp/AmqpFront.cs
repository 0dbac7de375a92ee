using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Serverless.Local.Messaging;

/// <summary>
/// Lets clients of Azure Service Bus in to a broker: AMQP 1.0 over plain TCP on this machine alone, whatever token
/// they show.
/// </summary>
internal sealed class AmqpFront(Broker broker, ILogger? logger = null) : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<AmqpConnection, bool> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)Listener.LocalEndpoint).Port;

    /// <summary>What a client needs to find it.</summary>
    public string ConnectionString =>
        $"Endpoint=sb://127.0.0.1:{Port};SharedAccessKeyName=RootManageSharedAccessKey;"
        + "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;";

    private TcpListener Listener => _listener ?? throw new InvalidOperationException("The front has not been started.");

    /// <param name="port">0 for any that is free.</param>
    /// <returns>The port.</returns>
    /// <exception cref="SocketException">The port is taken.</exception>
    public int Start(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
        return Port;
    }

    /// <summary>Tells the clients, and gives them a moment to say good-bye.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopListeningAsync().ConfigureAwait(false);
        foreach (var (connection, _) in _connections)
            connection.Close();
        var ended = Task.WhenAll(_connections.Keys.Select(connection => connection.Ended));
        await Task.WhenAny(ended, Task.Delay(Farewell)).ConfigureAwait(false);
        CutConnections();
        _stop.Dispose();
    }

    /// <summary>
    /// Lets go of the connections as the end of the process would: without a word. For tests of crashes.
    /// </summary>
    internal async Task AbandonAsync()
    {
        await StopListeningAsync().ConfigureAwait(false);
        CutConnections();
    }

    private async Task StopListeningAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _listener?.Stop();
    }

    private void CutConnections()
    {
        foreach (var (connection, _) in _connections)
            connection.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Open(await Listener.AcceptSocketAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException ex)
            {
                FrontLog.NotAccepted(_logger, ex);
            }
        }
    }

    private void Open(Socket socket)
    {
        socket.NoDelay = true;
        var connection = new AmqpConnection(broker, socket, _logger);
        _connections.TryAdd(connection, true);
        connection.Ended.ContinueWith(_ => _connections.TryRemove(connection, out bool _), TaskScheduler.Default);
        connection.Open();
    }
}
