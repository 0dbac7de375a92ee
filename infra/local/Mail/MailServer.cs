using System.Buffers;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using MimeKit;
using MimeKit.Text;
using Serverless.Local.Hosting;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Serverless.Local.Mail;

/// <summary>
/// The mail server that an app finds where its settings name none: it takes every mail and delivers it to the
/// <see cref="Mailbox"/> of this machine.
/// </summary>
internal sealed class MailServer : IAsyncDisposable
{
    private const int MaxMessage = 1024 * 1024;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private MailServer(Mailbox mailbox)
    {
        Port = FreePort.Next();
        var options = new SmtpServerOptionsBuilder()
            .ServerName("localhost")
            .MaxMessageSize(MaxMessage, MaxMessageSizeHandling.Strict)
            .Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)))
            .Build();
        var services = new ServiceProvider();
        services.Add(new Delivery(mailbox));
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stopping.Token);
    }

    public int Port { get; }

    /// <summary>
    /// Whether an app's settings leave the mail to this machine: they name no mail service, nor say that there is none
    /// (an empty host).
    /// </summary>
    public static bool IsWanted(IConfiguration settings) =>
        settings["Mail:Smtp:Host"] is null && settings["Mail:AcsEndpoint"] is not { Length: > 0 };

    public static MailServer Start(Mailbox mailbox) => new(mailbox);

    /// <summary>The settings with which an app sends its mails here.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings(IConfiguration settings) =>
        [
            new("Mail:Smtp:Host", IPAddress.Loopback.ToString()),
            new("Mail:Smtp:Port", Port.ToString(CultureInfo.InvariantCulture)),
            new("Mail:Smtp:StartTls", "false"),
            new("Mail:From", settings["Mail:From"] ?? "no-reply@local.test"),
        ];

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class Delivery(Mailbox mailbox) : MessageStore
    {
        public override Task<SmtpResponse> SaveAsync(
            ISessionContext context,
            IMessageTransaction transaction,
            ReadOnlySequence<byte> buffer,
            CancellationToken cancellationToken
        )
        {
            var to = transaction.To.Select(mailbox => $"{mailbox.User}@{mailbox.Host}");
            using var message = MimeMessage.Load(new MemoryStream(buffer.ToArray()), cancellationToken);
            var text = message.GetTextBody(TextFormat.Plain) ?? message.HtmlBody ?? "";
            mailbox.Add(string.Join(", ", to), message.Subject ?? "", text.ReplaceLineEndings("\n").TrimEnd('\n'));
            return Task.FromResult(SmtpResponse.Ok);
        }
    }
}
