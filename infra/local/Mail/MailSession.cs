using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Local.Mail;

/// <summary>One conversation of SMTP (RFC 5321): enough to take any mail, strict where a client's mistake would show in production.</summary>
internal sealed partial class MailSession(Stream stream, Mailbox mailbox)
{
    private const int MaxLine = 4096;
    private const int MaxMessage = 1024 * 1024;
    private const int MaxRecipients = 100;
    private static readonly TimeSpan MaxSilence = TimeSpan.FromMinutes(1);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly List<string> _recipients = [];
    private (int Start, int End) _unread;
    private bool _greeted;
    private bool _hasSender;

    /// <exception cref="IOException">The caller hung up.</exception>
    /// <exception cref="OperationCanceledException">Stopped, or nothing came for a minute.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await SayAsync("220 localhost local mailbox", cancellationToken).ConfigureAwait(false);
        while (await ReadLineAsync(MaxLine, cancellationToken).ConfigureAwait(false) is { } bytes)
        {
            var line = Encoding.UTF8.GetString(bytes);
            var verb = line.Split(' ', 2)[0].ToUpperInvariant();
            if (verb == "DATA" && _recipients.Count > 0)
                await ReceiveAsync(cancellationToken).ConfigureAwait(false);
            else
                await SayAsync(bytes.Length == MaxLine ? "500 Line too long" : Answer(verb, line), cancellationToken).ConfigureAwait(false);
            if (verb == "QUIT")
                return;
        }
    }

    private string Answer(string verb, string line)
    {
        switch (verb)
        {
            case "HELO" or "EHLO":
                Reset();
                _greeted = true;
                return verb == "HELO" ? "250 localhost" : $"250-localhost\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {MaxMessage}";
            case "MAIL":
                if (!_greeted || _hasSender)
                    return "503 Bad sequence of commands";
                if (!Sender().IsMatch(line))
                    return "501 MAIL FROM:<address>";
                _hasSender = true;
                return "250 OK";
            case "RCPT":
                if (!_hasSender)
                    return "503 Bad sequence of commands";
                if (Recipient().Match(line) is not { Success: true } recipient)
                    return "501 RCPT TO:<address>";
                if (_recipients.Count == MaxRecipients)
                    return "452 Too many recipients";
                _recipients.Add(recipient.Groups["address"].Value);
                return "250 OK";
            case "DATA":
                return "503 Bad sequence of commands";
            case "RSET":
                Reset();
                return "250 OK";
            case "NOOP":
                return "250 OK";
            case "QUIT":
                return "221 Bye";
            default:
                return "502 Not here";
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        await SayAsync("354 End with a dot alone on a line", cancellationToken).ConfigureAwait(false);
        var message = new List<byte>();
        var tooLarge = false;
        while (true)
        {
            var line = await ReadLineAsync(MaxMessage, cancellationToken).ConfigureAwait(false) ?? throw new EndOfStreamException();
            if (line.AsSpan().SequenceEqual("."u8))
                break;
            tooLarge |= message.Count + line.Length >= MaxMessage;
            if (tooLarge)
                continue;
            // A dot that the client put before a line that begins with one (RFC 5321, section 4.5.2).
            message.AddRange(line.AsSpan(line.AsSpan().StartsWith("."u8) ? 1 : 0));
            message.AddRange("\r\n"u8);
        }
        if (!tooLarge)
            mailbox.Add(_recipients, [.. message]);
        Reset();
        await SayAsync(tooLarge ? "552 Too large" : "250 Kept", cancellationToken).ConfigureAwait(false);
    }

    private void Reset()
    {
        _recipients.Clear();
        _hasSender = false;
    }

    private Task SayAsync(string answer, CancellationToken cancellationToken) => stream.WriteAsync(Encoding.ASCII.GetBytes(answer + "\r\n"), cancellationToken).AsTask();

    /// <summary>A line without its end, cut off at a length; null when the caller has hung up.</summary>
    private async Task<byte[]?> ReadLineAsync(int max, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            if (_unread.Start == _unread.End)
            {
                using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                silence.CancelAfter(MaxSilence);
                _unread = (0, await stream.ReadAsync(_buffer, silence.Token).ConfigureAwait(false));
                if (_unread.End == 0)
                    return null;
            }
            var unread = _buffer.AsSpan(_unread.Start, _unread.End - _unread.Start);
            var end = unread.IndexOf((byte)'\n');
            var more = end < 0 ? unread : unread[..end];
            line.AddRange(more[..Math.Min(more.Length, Math.Max(0, max + 1 - line.Count))]);
            _unread.Start += end < 0 ? more.Length : end + 1;
            if (end < 0)
                continue;
            if (line is [.., (byte)'\r'])
                line.RemoveAt(line.Count - 1);
            return line.Count > max ? [.. line.Take(max)] : [.. line];
        }
    }

    [GeneratedRegex(@"^MAIL FROM: ?<(?<address>[^<>]*)>( |\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Sender();

    [GeneratedRegex(@"^RCPT TO: ?<(?<address>[^<>\s]+)>( |\z)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Recipient();
}
