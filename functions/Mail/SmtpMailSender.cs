using System.Net.Sockets;
using System.Text;
using Azure;
using Azure.Identity;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Logging;
using MimeKit;
using MimeKit.Utils;
using Serverless.Functions.Security;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Mail;

/// <summary>A mail server and its connection settings.</summary>
/// <param name="Host">Its name, which must be in its certificate.</param>
/// <param name="Port">587 (submission, RFC 6409) unless set.</param>
/// <param name="UserName">Null: no login.</param>
/// <param name="StartTls">False only for a server on this machine.</param>
/// <param name="From">The sender.</param>
internal sealed record SmtpSettings(string Host, int Port, string? UserName, bool StartTls, EmailAddress From)
{
    /// <summary>Time limit for a mail, from the DNS lookup to the server's last answer.</summary>
    public TimeSpan Timeout { get; init; } = IMailSender.Timeout;
}

/// <summary>
/// Sends through a mail server. With STARTTLS, the connection must have a trusted certificate for the server's name.
/// </summary>
internal sealed partial class SmtpMailSender(
    SmtpSettings settings,
    ISecretSource secrets,
    ILogger<SmtpMailSender> logger
) : IMailSender
{
    private const string PasswordSecret = "MailPassword";

    /// <summary>Codes for a recipient that the server will never accept (RFC 5321, section 4.2.3).</summary>
    private static readonly int[] NoSuchRecipient = [550, 551, 552, 553, 554, 555, 556];

    public async Task<MailOutcome> SendAsync(MailMessage mail, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(settings.Timeout);
        try
        {
            return await SendWithinAsync(mail, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            NotTaken(logger, "timeout");
            return MailOutcome.Unavailable;
        }
        catch (SmtpCommandException ex)
            when (ex.ErrorCode == SmtpErrorCode.RecipientNotAccepted && NoSuchRecipient.Contains((int)ex.StatusCode))
        {
            return MailOutcome.AddressRefused;
        }
        catch (SmtpCommandException ex)
        {
            // The server's text may quote the address, so only the code is logged.
            return Failed(ex.StatusCode, $"{(int)ex.StatusCode}");
        }
        catch (AuthenticationException ex)
        {
            return Failed(
                (ex.InnerException as SmtpCommandException)?.StatusCode
                    ?? SmtpStatusCode.AuthenticationInvalidCredentials,
                "the login failed"
            );
        }
        catch (ServiceNotAuthenticatedException)
        {
            // 530 while sending: the server requires a login, but the settings have none.
            return Failed(SmtpStatusCode.AuthenticationRequired, "530: a login is required");
        }
        catch (Exception ex) when (IsExpected(ex))
        {
            NotTaken(logger, ex.GetType().Name);
            return MailOutcome.Unavailable;
        }
        catch (ParseException)
        {
            // Our rules accept this address, but those of the client do not.
            return MailOutcome.AddressRefused;
        }
    }

    private async Task<MailOutcome> SendWithinAsync(MailMessage mail, CancellationToken ct)
    {
        using var message = Compose(mail);
        // A new client for each mail, since a client has one connection and sends one mail at a time.
        using var client = new SmtpClient
        {
            // A revocation check would call a host that the certificate names.
            CheckCertificateRevocation = false,
            LocalDomain = settings.From.Mailbox[(settings.From.Mailbox.LastIndexOf('@') + 1)..],
        };
        var security = settings.StartTls ? SecureSocketOptions.StartTls : SecureSocketOptions.None;
        await client.ConnectAsync(settings.Host, settings.Port, security, ct);
        if (settings.UserName is { } user)
            await client.AuthenticateAsync(user, await secrets.GetAsync(PasswordSecret, ct), ct);
        var isInternational = !Ascii.IsValid(mail.To.Mailbox);
        // Such an address needs a server with RFC 6531: this one will never accept it.
        if (isInternational && !client.Capabilities.HasFlag(SmtpCapabilities.UTF8))
            return MailOutcome.AddressRefused;
        var format = FormatOptions.Default.Clone();
        format.International = isInternational;
        await client.SendAsync(format, message, ct);
        await client.DisconnectAsync(quit: true, ct);
        return MailOutcome.Accepted;
    }

    /// <summary>A 5xx code means that a retry does not help.</summary>
    private MailOutcome Failed(SmtpStatusCode status, string reason)
    {
        if ((int)status < 500)
        {
            NotTaken(logger, reason);
            return MailOutcome.Unavailable;
        }
        Refused(logger, reason);
        return MailOutcome.Refused;
    }

    /// <summary>No connection, no safe one, an invalid answer, or no password available.</summary>
    private static bool IsExpected(Exception ex) =>
        ex
            is IOException
                or SocketException
                or SslHandshakeException
                or ProtocolException
                or NotSupportedException
                or ServiceNotConnectedException
                or InvalidOperationException
                or RequestFailedException
                or AuthenticationFailedException;

    private MimeMessage Compose(MailMessage mail)
    {
        var from = settings.From.Mailbox;
        return new MimeMessage
        {
            From = { new MailboxAddress("", from) },
            To = { new MailboxAddress("", mail.To.Mailbox) },
            Subject = mail.Subject,
            Date = TimeProvider.System.GetUtcNow(),
            // With the sender's domain instead of this machine's name.
            MessageId = MimeUtils.GenerateMessageId(from[(from.LastIndexOf('@') + 1)..]),
            Headers = { { MailMessage.AutoSubmitted, MailMessage.AutoGenerated } },
            Body = new TextPart("plain")
            {
                Text = mail.Text.ReplaceLineEndings("\r\n"),
                ContentTransferEncoding = ContentEncoding.Base64,
            },
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The mail server did not take a mail: {Reason}")]
    private static partial void NotTaken(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The mail server refuses our mails for good: {Reason}")]
    private static partial void Refused(ILogger logger, string reason);
}
