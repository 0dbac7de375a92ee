using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Mail;

/// <summary>The mail server that an app finds where its settings name none: it takes every mail and delivers it to the <see cref="Mailbox"/> of this machine.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private const int MaxSessions = 64;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _room = new(MaxSessions, MaxSessions);
    private Task _running = Task.CompletedTask;

    private MailServer() => _listener.Start();

    /// <summary>Takes a free port for an app that names no mail service, and puts it into its settings; null for one that does (or sets the host to nothing, to be without).</summary>
    public static MailServer? For(IConfigurationBuilder configuration, IConfiguration settings)
    {
        if (settings["Mail:Smtp:Host"] is not null || settings["Mail:AcsEndpoint"] is { Length: > 0 })
            return null;
        var server = new MailServer();
        var address = (IPEndPoint)server._listener.LocalEndpoint;
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mail:Smtp:Host"] = address.Address.ToString(),
            ["Mail:Smtp:Port"] = address.Port.ToString(CultureInfo.InvariantCulture),
            ["Mail:Smtp:StartTls"] = "false",
            ["Mail:From"] = settings["Mail:From"] ?? "no-reply@local.test",
        });
        return server;
    }

    /// <summary>Begins to answer.</summary>
    public void Start(Mailbox mailbox) => _running = Task.Run(() => AcceptAsync(mailbox));

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _running.ConfigureAwait(false);
    }

    private async Task AcceptAsync(Mailbox mailbox)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var caller = await _listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false);
                await _room.WaitAsync(_stopping.Token).ConfigureAwait(false);
                _ = ServeAsync(caller, mailbox);
            }
            catch (Exception ex) when (ex is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or a caller that was gone before it was answered; the loop's condition tells.
            }
        }
    }

    private async Task ServeAsync(TcpClient caller, Mailbox mailbox)
    {
        try
        {
            using (caller)
                await new MailSession(caller.GetStream(), mailbox).RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException or SocketException)
        {
            // The caller hung up, was silent for too long, or the app stops.
        }
        finally
        {
            _room.Release();
        }
    }
}
