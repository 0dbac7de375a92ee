using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Conformance.Worker;
using Xunit;

namespace Serverless.Conformance.Local;

/// <summary>The mail server that an app finds on this machine, and what it shows.</summary>
public sealed class MailboxTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TransferEncoding.Base64)]
    [InlineData(TransferEncoding.QuotedPrintable)]
    [InlineData(TransferEncoding.EightBit)]
    public async Task A_mail_is_shown_as_it_was_written_whatever_its_encoding(TransferEncoding encoding)
    {
        await using var app = await StartAsync();
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

        await SendAsync(app, mail);

        var item = Assert.Single(await ItemsAsync(app))!.AsObject();
        Assert.Equal(["to", "subject", "text", "at"], item.Select(member => member.Key));
        Assert.Equal(("ana@example.org", subject, text), ((string)item["to"]!, (string)item["subject"]!, (string)item["text"]!));
    }

    [Fact]
    public async Task Mails_come_oldest_first_with_the_apps_time_and_the_page_shows_them_safely()
    {
        await using var app = await StartAsync();
        await SendAsync(app, new MailMessage("from@example.org", "ana@example.org", "one", "first"));
        await app.Clock.AdvanceAsync(TimeSpan.FromDays(3), Cancel);
        using var alternative = AlternateView.CreateAlternateViewFromString("<p>html</p>", new ContentType("text/html"));
        using var second = new MailMessage("from@example.org", "ben@example.org,eva@example.org", "<b>two</b>", "second\r\nline");
        second.AlternateViews.Add(alternative);
        await SendAsync(app, second);

        var items = await ItemsAsync(app);

        Assert.Equal(["first", "second\nline"], items.Select(item => (string)item!["text"]!));
        Assert.Equal("ben@example.org, eva@example.org", (string)items[1]!["to"]!);
        var times = items.Select(item => DateTimeOffset.Parse((string)item!["at"]!, CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(times[1] - times[0], TimeSpan.FromDays(3), TimeSpan.FromDays(3) + TimeSpan.FromMinutes(1));
        Assert.All(items, item => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)item!["at"]!));
        var page = await app.GetStringAsync("/local/mailbox");
        Assert.Contains("second<br>line", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("second", StringComparison.Ordinal) < page.IndexOf("first", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_two_hundred_are_kept()
    {
        await using var app = await StartAsync();
        using var client = Client(app);
        for (var i = 0; i < 203; i++)
            await client.SendMailAsync(new MailMessage("from@example.org", "ana@example.org", $"{i}", "text"), Cancel);

        var items = await ItemsAsync(app);
        Assert.Equal((200, "3", "202"), (items.Count, (string)items[0]!["subject"]!, (string)items[^1]!["subject"]!));
    }

    [Fact]
    public async Task A_client_that_breaks_the_rules_is_told_and_does_no_harm()
    {
        await using var app = await StartAsync();
        using var raw = new TcpClient();
        await raw.ConnectAsync(IPAddress.Loopback, Port(app), Cancel);
        using var reader = new StreamReader(raw.GetStream(), Encoding.ASCII);
        Assert.StartsWith("220 ", await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);
        foreach (var (said, answer) in new[]
        {
            ("MAIL FROM:<a@example.org>", "503"), ("HELO me", "250"), ("RCPT TO:<b@example.org>", "503"), ("MAIL FROM:a@example.org", "501"), ("MAIL FROM:<>", "250"), ("DATA", "503"),
            ("RCPT TO:<>", "501"), ("VRFY b", "502"), (new string('x', 100_000), "500"), ("NOOP", "250"), ("RSET", "250"), ("RCPT TO:<b@example.org>", "503"), ("QUIT", "221"),
        })
        {
            await raw.GetStream().WriteAsync(Encoding.ASCII.GetBytes(said + "\r\n"), Cancel);
            Assert.StartsWith(answer, await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);
        }
        using var large = new MailMessage("from@example.org", "ana@example.org", "large", new string('x', 2_000_000));
        await Assert.ThrowsAsync<SmtpException>(() => SendAsync(app, large));
        Assert.Empty(await ItemsAsync(app));
    }

    [Fact]
    public async Task An_app_that_names_a_mail_service_keeps_it()
    {
        foreach (var (name, value) in new[] { ("Mail__Smtp__Host", "mail.example.org"), ("Mail__Smtp__Host", ""), ("Mail__AcsEndpoint", "https://mail.example.org") })
        {
            await using var app = await FunctionsApp.StartAsync([typeof(CallingFunctions)], builder => builder.ConfigureFunctionsWebApplication(), new() { [name] = value });
            Assert.Null(app.Services.GetRequiredService<IConfiguration>()["Mail:Smtp:Port"]);
        }
    }

    private static Task<FunctionsApp> StartAsync() => FunctionsApp.StartAsync(typeof(CallingFunctions));

    private static int Port(FunctionsApp app) => app.Services.GetRequiredService<IConfiguration>().GetValue<int>("Mail:Smtp:Port");

    private static SmtpClient Client(FunctionsApp app) => new("127.0.0.1", Port(app)) { DeliveryFormat = SmtpDeliveryFormat.International };

    private static async Task SendAsync(FunctionsApp app, MailMessage mail)
    {
        using var client = Client(app);
        await client.SendMailAsync(mail, Cancel);
    }

    private static async Task<JsonArray> ItemsAsync(FunctionsApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/local/mailbox");
        request.Headers.Accept.ParseAdd("application/json");
        return JsonNode.Parse(await (await app.SendAsync(request)).Content.ReadAsStringAsync(Cancel))!["items"]!.AsArray();
    }
}
