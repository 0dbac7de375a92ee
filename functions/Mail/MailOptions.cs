using System.Net;
using Serverless.Functions.Settings;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Mail;

/// <summary>
/// Which service sends mails: Azure Communication Services or a mail server; none where neither is named.
/// </summary>
internal sealed class MailOptions
{
    [Setting("Mail:AcsEndpoint")]
    public Uri? AcsEndpoint { get; init; }

    [Setting("Mail:Smtp:Host")]
    public string? SmtpHost { get; init; }

    /// <summary>587 is submission (RFC 6409).</summary>
    [Setting("Mail:Smtp:Port")]
    public int SmtpPort { get; init; } = 587;

    /// <summary>Null: no login. The password is a secret.</summary>
    [Setting("Mail:Smtp:UserName")]
    public string? SmtpUserName { get; init; }

    [Setting("Mail:Smtp:StartTls")]
    public bool SmtpStartTls { get; init; } = true;

    /// <summary>The sender.</summary>
    [Setting("Mail:From")]
    public string? From { get; init; }

    public bool HasService => AcsEndpoint is not null || SmtpHost is not null;

    /// <summary>The sender as an address; null where it is none.</summary>
    public EmailAddress? Sender => EmailAddress.TryParse(From, out var from) ? from : null;

    public bool HasUsableEndpoint =>
        AcsEndpoint is null
        || (AcsEndpoint.IsAbsoluteUri && AcsEndpoint is { Scheme: "https", AbsolutePath: "/", Query: "" });

    /// <summary>True if no code would be sent unencrypted.</summary>
    public bool IsPrivate =>
        SmtpStartTls
        || SmtpHost is null
        || (IPAddress.TryParse(SmtpHost, out var address) && IPAddress.IsLoopback(address));
}
