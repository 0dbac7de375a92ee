using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Azure;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Security;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Mail;

/// <summary>A mail server and how to talk to it.</summary>
/// <param name="Host">Its name, which its certificate must bear.</param>
/// <param name="Port">587 (submission, RFC 6409) unless set.</param>
/// <param name="UserName">Null: nobody logs in.</param>
/// <param name="StartTls">False only to this machine.</param>
/// <param name="From">The sender.</param>
internal sealed record SmtpSettings(string Host, int Port, string? UserName, bool StartTls, EmailAddress From)
{
    /// <summary>How long a mail may take from the first look-up to the server's last word.</summary>
    public TimeSpan Patience { get; init; } = IMailSender.Patience;

    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
    public static SmtpSettings Read(IConfiguration configuration, string host, EmailAddress from)
    {
        if (!int.TryParse(configuration["Mail:Smtp:Port"] ?? "587", NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
            throw new InvalidOperationException("Setting 'Mail:Smtp:Port' must be a port.");
        if (!bool.TryParse(configuration["Mail:Smtp:StartTls"] ?? "true", out var startTls))
            throw new InvalidOperationException("Setting 'Mail:Smtp:StartTls' must be true or false.");
        if (!startTls && !(IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
            throw new InvalidOperationException("Setting 'Mail:Smtp:StartTls' may be false only for a server on this machine (127.0.0.1): a code would travel in clear.");
        return new SmtpSettings(host, port, configuration["Mail:Smtp:UserName"] is { Length: > 0 } user ? user : null, startTls, from);
    }
}

/// <summary>Sends through a mail server. With STARTTLS the mail goes only over a connection whose certificate is trusted and bears the server's name.</summary>
internal sealed partial class SmtpMailSender(SmtpSettings settings, ISecretSource secrets, ILogger<SmtpMailSender> logger) : IMailSender
{
    private const string PasswordSecret = "MailPassword";

    public async Task<MailOutcome> SendAsync(MailMessage mail, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(settings.Patience);
        try
        {
            using var message = Compose(mail);
            // One client a mail: it holds one connection and takes one mail at a time.
            using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.StartTls, DeliveryFormat = SmtpDeliveryFormat.International };
            if (settings.UserName is { } user)
                client.Credentials = new NetworkCredential(user, await secrets.GetAsync(PasswordSecret, limit.Token));
            await client.SendMailAsync(message, limit.Token).WaitAsync(limit.Token);
            return MailOutcome.Accepted;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Failed(logger, "timeout");
            return MailOutcome.Unavailable;
        }
        catch (SmtpFailedRecipientException ex) when (ex.StatusCode is SmtpStatusCode.MailboxUnavailable or SmtpStatusCode.MailboxNameNotAllowed or SmtpStatusCode.UserNotLocalTryAlternatePath)
        {
            return MailOutcome.AddressRefused;
        }
        catch (SmtpException ex)
        {
            // The server's words may quote the address: only the kind of failure is told.
            Failed(logger, ex.StatusCode == SmtpStatusCode.GeneralFailure ? (ex.InnerException ?? ex).GetType().Name : ex.StatusCode.ToString());
            return MailOutcome.Unavailable;
        }
        catch (Exception ex) when (ex is InvalidOperationException or RequestFailedException or AuthenticationFailedException)
        {
            // No password, no connection to ask for it, or an address of ours that the client cannot put into a header.
            Failed(logger, ex.GetType().Name);
            return MailOutcome.Unavailable;
        }
        catch (FormatException)
        {
            // An address that is one by the rules of ours and none by those of the client.
            return MailOutcome.AddressRefused;
        }
    }

    /// <summary>Subject and address cannot add a header: the client refuses line breaks in both, and neither has one.</summary>
    private System.Net.Mail.MailMessage Compose(MailMessage mail) => new(settings.From.Mailbox, mail.To.Mailbox)
    {
        Subject = mail.Subject,
        SubjectEncoding = Encoding.UTF8,
        Body = mail.Text.ReplaceLineEndings("\r\n"),
        BodyEncoding = Encoding.UTF8,
        BodyTransferEncoding = TransferEncoding.Base64,
        Headers = { { MailMessage.AutoSubmitted, MailMessage.AutoGenerated } },
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The mail server did not take a mail: {Reason}")]
    private static partial void Failed(ILogger logger, string reason);
}
