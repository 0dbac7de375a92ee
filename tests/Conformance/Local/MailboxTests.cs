using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Serverless.Local.Hosting;
using Serverless.Local.Mail;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Local;

/// <summary>The mail server that an app finds on this machine, and what it shows.</summary>
public sealed class MailboxTests : IAsyncDisposable
{
    private readonly LocalClock _clock = new();
    private readonly Mailbox _mailbox;
    private readonly MailServer _server;

    public MailboxTests()
    {
        _mailbox = new Mailbox(_clock);
        _server = MailServer.Start(_mailbox);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _clock.Dispose();
    }

    [Theory]
    [InlineData(TransferEncoding.Base64)]
    [InlineData(TransferEncoding.QuotedPrintable)]
    [InlineData(TransferEncoding.EightBit)]
    public async Task A_mail_is_shown_as_it_was_written_whatever_its_encoding(TransferEncoding encoding)
    {
        var subject = "Grüße aus São Paulo, " + string.Concat(Enumerable.Repeat("día señal ", 12)) + "🙂";
        var text = ".\n..two dots\n" + new string('x', 300) + " = ñ\n\nend";
        using var mail = new MailMessage("from@example.org", "ana@example.org")
        {
            Subject = subject,
            SubjectEncoding = Encoding.UTF8,
            Body = text.ReplaceLineEndings("\r\n"),
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = encoding,
        };

        await SendAsync(mail);

        var caught = Assert.Single(_mailbox.Mails);
        Assert.Equal(("ana@example.org", subject, text), (caught.To, caught.Subject, caught.Text));
    }

    [Fact]
    public async Task Mails_come_oldest_first_with_the_apps_time_and_the_page_shows_them_safely()
    {
        await SendAsync(new MailMessage("from@example.org", "ana@example.org", "one", "first"));
        await _clock.AdvanceAsync(TimeSpan.FromDays(3), Cancel);
        using var alternative = AlternateView.CreateAlternateViewFromString(
            "<p>html</p>",
            new ContentType("text/html")
        );
        using var second = new MailMessage(
            "from@example.org",
            "ben@example.org,eva@example.org",
            "<b>two</b>",
            "second\r\nline"
        );
        second.AlternateViews.Add(alternative);
        await SendAsync(second);

        var mails = _mailbox.Mails;

        Assert.Equal(["first", "second\nline"], mails.Select(mail => mail.Text));
        Assert.Equal("ben@example.org, eva@example.org", mails[1].To);
        Assert.InRange(mails[1].At - mails[0].At, TimeSpan.FromDays(3), TimeSpan.FromDays(3) + TimeSpan.FromMinutes(1));
        var page = StatusPage.RenderMailbox(mails);
        Assert.Contains("second<br>line", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("second", StringComparison.Ordinal) < page.IndexOf("first", StringComparison.Ordinal));
    }

    [Fact]
    public void The_last_two_hundred_are_kept()
    {
        for (var i = 0; i < 203; i++)
            _mailbox.Add("ana@example.org", $"{i}", "text");

        var mails = _mailbox.Mails;

        Assert.Equal((200, "3", "202"), (mails.Count, mails[0].Subject, mails[^1].Subject));
    }

    [Fact]
    public async Task A_mail_above_a_megabyte_is_refused()
    {
        using var large = new MailMessage("from@example.org", "ana@example.org", "large", new string('x', 2_000_000));

        await Assert.ThrowsAsync<SmtpException>(() => SendAsync(large));

        Assert.Empty(_mailbox.Mails);
    }

    [Fact]
    public async Task Steps_out_of_order_are_refused_and_the_connection_goes_on()
    {
        using var raw = new TcpClient();
        await raw.ConnectAsync(IPAddress.Loopback, _server.Port, Cancel);
        using var reader = new StreamReader(raw.GetStream(), Encoding.ASCII);
        Assert.StartsWith("220", await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);

        foreach (
            var (said, answer) in new[]
            {
                ("DATA", '5'),
                ("RCPT TO:<b@example.org>", '5'),
                ("NONSENSE", '5'),
                ("HELO me", '2'),
                ("NOOP", '2'),
            }
        )
        {
            await raw.GetStream().WriteAsync(Encoding.ASCII.GetBytes(said + "\r\n"), Cancel);
            Assert.Equal((said, answer), (said, (await reader.ReadLineAsync(Cancel))![0]));
        }
        Assert.Empty(_mailbox.Mails);
    }

    [Theory]
    [InlineData("Mail:Smtp:Host", "mail.example.org", false)]
    [InlineData("Mail:Smtp:Host", "", false)]
    [InlineData("Mail:AcsEndpoint", "https://mail.example.org", false)]
    [InlineData("Mail:AcsEndpoint", "", true)]
    [InlineData("Other", "", true)]
    public void An_app_that_names_a_mail_service_keeps_it(string setting, string value, bool isWanted) =>
        Assert.Equal(isWanted, MailServer.IsWanted(Configuration((setting, value))));

    [Fact]
    public void The_settings_lead_an_app_here_and_keep_its_own_sender()
    {
        var settings = _server.Settings(Configuration(("Mail:From", "us@example.org"))).ToDictionary();

        Assert.Equal(
            ("127.0.0.1", _server.Port.ToString(CultureInfo.InvariantCulture), "us@example.org"),
            (settings["Mail:Smtp:Host"], settings["Mail:Smtp:Port"], settings["Mail:From"])
        );
    }

    private static IConfiguration Configuration((string Name, string Value) setting) =>
        new ConfigurationBuilder().AddInMemoryCollection([new(setting.Name, setting.Value)]).Build();

    private SmtpClient Client() => new("127.0.0.1", _server.Port) { DeliveryFormat = SmtpDeliveryFormat.International };

    private async Task SendAsync(MailMessage mail)
    {
        using var client = Client();
        await client.SendMailAsync(mail, Cancel);
    }
}
