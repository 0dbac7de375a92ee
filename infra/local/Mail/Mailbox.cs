namespace Serverless.Local.Mail;

/// <summary>A mail that was caught.</summary>
/// <param name="To">Whom the envelope named.</param>
/// <param name="Subject">Decoded.</param>
/// <param name="Text">The plain text, decoded.</param>
/// <param name="At">By the app's clock.</param>
internal sealed record CaughtMail(string To, string Subject, string Text, DateTimeOffset At);

/// <summary>The last mails that the app sent. They live as long as the app does.</summary>
internal sealed class Mailbox(TimeProvider clock)
{
    private const int Kept = 200;
    private readonly Lock _lock = new();
    private readonly Queue<CaughtMail> _mails = new();

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<CaughtMail> Mails
    {
        get
        {
            lock (_lock)
                return [.. _mails];
        }
    }

    /// <summary>Keeps a mail that came now.</summary>
    public void Add(string to, string subject, string text)
    {
        lock (_lock)
        {
            _mails.Enqueue(new CaughtMail(to, subject, text, clock.GetUtcNow()));
            if (_mails.Count > Kept)
                _mails.Dequeue();
        }
    }
}
