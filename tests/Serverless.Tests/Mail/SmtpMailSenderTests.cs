using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Campaign;
using Serverless.Functions.Mail;
using Serverless.Functions.Security;
using Serverless.Functions.Typed;
using Serverless.Tests.Crashes;
using Xunit;

namespace Serverless.Tests.Mail;

/// <summary>The edge to a mail server, against one by somebody else.</summary>
public sealed class SmtpMailSenderTests
{
    private static readonly (string Key, string Cert) Tls = NewCertificate();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_takes_the_mail_as_it_was_written()
    {
        using var server = await MailReceiver.StartAsync(new { });

        Assert.Equal(
            MailOutcome.Accepted,
            await Sender("127.0.0.1", server.Port, startTls: false).SendAsync(Mail("Ana.Lopez+x@Exämple.org"), Cancel)
        );

        var mail = await server.NextAsync();
        // The server shows the domain as people write it; over the wire went its ASCII form.
        Assert.Equal("Ana.Lopez+x@exämple.org", (string)mail["to"]![0]!);
        Assert.Contains("To: Ana.Lopez+x@xn--exmple-cua.org", (string)mail["raw"]!, StringComparison.Ordinal);
        var parts = ((string)mail["raw"]!).Split("\r\n\r\n", 2);
        Assert.Contains("Auto-Submitted: auto-generated", parts[0], StringComparison.OrdinalIgnoreCase);
        Assert.Contains("From: codes@example.org", parts[0], StringComparison.OrdinalIgnoreCase);
        Assert.Equal("Grüße\r\n.\r\n..dots", Encoding.UTF8.GetString(Convert.FromBase64String(parts[1])));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_before_anything_is_said()
    {
        using var server = await MailReceiver.StartAsync(
            new
            {
                key = Tls.Key,
                cert = Tls.Cert,
                user = "app",
                pass = "secret",
            }
        );

        Assert.Equal(
            MailOutcome.Unavailable,
            await Sender("localhost", server.Port, startTls: true, user: "app")
                .SendAsync(Mail("ana@example.org"), Cancel)
        );
        Assert.Equal("", await server.RestAsync());
    }

    [Fact]
    public async Task A_server_that_offers_no_encryption_gets_no_mail()
    {
        using var server = await MailReceiver.StartAsync(new { });

        Assert.Equal(
            MailOutcome.Unavailable,
            await Sender("localhost", server.Port, startTls: true).SendAsync(Mail("ana@example.org"), Cancel)
        );
        Assert.Equal("", await server.RestAsync());
    }

    [Fact]
    public async Task An_address_that_the_server_does_not_know_is_told_apart()
    {
        using var server = await MailReceiver.StartAsync(new { refuse = "nobody@example.org" });

        Assert.Equal(
            MailOutcome.AddressRefused,
            await Sender("127.0.0.1", server.Port, startTls: false).SendAsync(Mail("nobody@example.org"), Cancel)
        );
        Assert.Equal(
            MailOutcome.Accepted,
            await Sender("127.0.0.1", server.Port, startTls: false).SendAsync(Mail("somebody@example.org"), Cancel)
        );
    }

    [Fact]
    public async Task A_mail_has_the_headers_that_every_mail_has()
    {
        using var server = await MailReceiver.StartAsync(new { });
        Assert.Equal(
            MailOutcome.Accepted,
            await Sender("127.0.0.1", server.Port, startTls: false).SendAsync(Mail("ana@example.org"), Cancel)
        );
        using var raw = new MemoryStream(Encoding.Latin1.GetBytes((string)(await server.NextAsync())["raw"]!));
        var mail = await MimeKit.MimeMessage.LoadAsync(raw, Cancel);
        Assert.EndsWith("@example.org", mail.MessageId, StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.UtcNow - mail.Date, TimeSpan.FromSeconds(-2), TimeSpan.FromMinutes(1));
        Assert.Single(mail.Headers, header => header.Field == "Message-Id");
        Assert.Single(mail.Headers, header => header.Field == "Date");
        Assert.Equal(["codes@example.org"], mail.From.Mailboxes.Select(from => from.Address));
        // Left out are the headers with random letters, which can spell a machine's short name by chance.
        var written = mail.Headers.Where(header => header.Field is not ("Message-Id" or "Content-Type"));
        Assert.DoesNotContain(Environment.MachineName, string.Join('\n', written), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Only servers that take part in RFC 6531 deliver to them.</summary>
    [Theory]
    [InlineData("josé@example.org", true, nameof(MailOutcome.AddressRefused))]
    [InlineData("josé@example.org", false, nameof(MailOutcome.Accepted))]
    [InlineData("jose@exämple.org", true, nameof(MailOutcome.Accepted))]
    public async Task An_address_beyond_ASCII_is_refused_by_a_server_that_knows_none(
        string to,
        bool ascii,
        string expected
    )
    {
        using var server = await MailReceiver.StartAsync(new { ascii });
        Assert.Equal(
            expected,
            $"{await Sender("127.0.0.1", server.Port, startTls: false).SendAsync(Mail(to), Cancel)}"
        );
        if (expected == nameof(MailOutcome.Accepted))
            Assert.Equal(to, (string)(await server.NextAsync())["to"]![0]!);
        else
            Assert.Equal("", await server.RestAsync());
    }

    /// <summary>A server says with 4xx that it may take the mail later, and with 5xx that it will not.</summary>
    [Theory]
    [InlineData(451, nameof(MailOutcome.Unavailable))]
    [InlineData(554, nameof(MailOutcome.Refused))]
    public async Task A_permanent_refusal_is_told_from_a_passing_one(int reply, string expected)
    {
        var log = new CapturedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var server = await MailReceiver.StartAsync(new { reply });
        var settings = new SmtpSettings("127.0.0.1", server.Port, null, false, Address("codes@example.org"));
        var sender = new SmtpMailSender(settings, Secrets(), loggers.CreateLogger<SmtpMailSender>());
        Assert.Equal(expected, $"{await sender.SendAsync(Mail("ana@example.org"), Cancel)}");
        Assert.Contains(log.Lines, line => line.Contains($"{reply}", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("ana@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_wants_a_login_where_none_is_set_refuses_for_good()
    {
        using var server = await MailReceiver.StartAsync(new { user = "app", pass = "secret" });
        var sender = Sender("127.0.0.1", server.Port, startTls: false);
        Assert.Equal(MailOutcome.Refused, await sender.SendAsync(Mail("ana@example.org"), Cancel));
    }

    [Fact]
    public async Task A_wrong_password_is_a_permanent_refusal()
    {
        using var server = await MailReceiver.StartAsync(new { user = "app", pass = "another" });
        var sender = Sender("127.0.0.1", server.Port, startTls: false, user: "app");
        Assert.Equal(MailOutcome.Refused, await sender.SendAsync(Mail("ana@example.org"), Cancel));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var settings = new SmtpSettings(
            "127.0.0.1",
            ((IPEndPoint)silent.LocalEndpoint).Port,
            null,
            false,
            Address("codes@example.org")
        )
        {
            Timeout = TimeSpan.FromMilliseconds(200),
        };

        var outcome = new SmtpMailSender(settings, Secrets(), NullLogger<SmtpMailSender>.Instance).SendAsync(
            Mail("ana@example.org"),
            Cancel
        );
        Assert.Equal(MailOutcome.Unavailable, await outcome.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    [Fact]
    public async Task Without_its_password_nothing_is_sent()
    {
        using var server = await MailReceiver.StartAsync(new { user = "app", pass = "secret" });
        var settings = new SmtpSettings("127.0.0.1", server.Port, "app", false, Address("codes@example.org"));

        Assert.Equal(
            MailOutcome.Unavailable,
            await new SmtpMailSender(
                settings,
                new ConfigurationSecrets(new Dictionary<string, string>()),
                NullLogger<SmtpMailSender>.Instance
            ).SendAsync(Mail("ana@example.org"), Cancel)
        );
    }

    /// <summary>In a process of its own: which certificates are trusted is read once, at its start.</summary>
    [Fact]
    public async Task A_code_goes_encrypted_and_logged_in_through_a_server_whose_certificate_is_trusted()
    {
        using var server = await MailReceiver.StartAsync(
            new
            {
                key = Tls.Key,
                cert = Tls.Cert,
                user = "app",
                pass = "secret",
            }
        );
        using var folder = new TemporaryFolder();
        var trusted = Path.Combine(folder.Path, "trusted.pem");
        await File.WriteAllTextAsync(trusted, Tls.Cert, Cancel);
        using var app = new AppProcess(
            CrashSettings.FreePort(),
            new Dictionary<string, string>
            {
                ["AzureWebJobsStorage"] = Azurite.ConnectionString,
                ["ServiceBusConnection"] =
                    "Endpoint=sb://mail.localhost/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=key;UseDevelopmentEmulator=true",
                ["Storage__TablePrefix"] = $"mail{Environment.ProcessId}",
                ["Local__DataFolder"] = "memory",
                ["Demo__Seed"] = "false",
                ["Partners__Environment"] = "sandbox",
                ["SSL_CERT_FILE"] = trusted,
                ["Mail__Smtp__Host"] = "localhost",
                ["Mail__Smtp__Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
                ["Mail__Smtp__UserName"] = "app",
                ["Mail__From"] = "codes@example.org",
                ["Secrets__MailPassword"] = "secret",
            }
        );
        await app.StartAsync(Cancel);
        using var http = new HttpClient { BaseAddress = app.Address };
        var created = await PostAsync(
            http,
            "/operator/partners",
            new
            {
                partnerId = "mail",
                name = "Mail",
                settings = new { otpEnabled = true },
            }
        );
        string key = (string)created["data"]!["identityApiKey"]!,
            secret = (string)created["data"]!["identityApiSecret"]!;
        await PostAsync(http, "/eapi/v0/identities/basic", new { identityReference = "mail-1" }, key, secret);

        Assert.Equal(
            "OTP sent successfully",
            (string)
                (
                    await PostAsync(
                        http,
                        "/eapi/v1/verifications/otp",
                        new { identityReference = "mail-1", email = "ana@example.org" },
                        key,
                        secret
                    )
                )["message"]!
        );

        var mail = await server.NextAsync();
        Assert.Equal((true, "app"), ((bool)mail["secure"]!, (string)mail["user"]!));
    }

    [Theory]
    [InlineData("Mail:Smtp:Host=mail.example.org", "Mail:From")]
    [InlineData("Mail:Smtp:Host=mail.example.org;Mail:From=nobody", "Mail:From")]
    [InlineData("Mail:Smtp:Host=mail.example.org;Mail:From=a@example.org;Mail:Smtp:Port=0", "Mail:Smtp:Port")]
    [InlineData("Mail:Smtp:Host=mail.example.org;Mail:From=a@example.org;Mail:Smtp:StartTls=false", "in clear")]
    [InlineData(
        "Mail:Smtp:Host=mail.example.org;Mail:AcsEndpoint=https://a.example.org;Mail:From=a@example.org",
        "both"
    )]
    [InlineData("Mail:AcsEndpoint=http://a.example.org;Mail:From=a@example.org", "Mail:AcsEndpoint")]
    [InlineData("Mail:AcsEndpoint=https://a.example.org", "Mail:From")]
    public void Settings_that_cannot_work_end_the_start(string settings, string expected)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() =>
            Configured.Options<MailOptions>([
                .. settings.Split(';').Select(pair => (pair.Split('=')[0], (string?)pair.Split('=')[1])),
            ])
        );
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    internal static MailMessage Mail(string to) => new(Address(to), "Your verification code", "Grüße\n.\n..dots");

    internal static EmailAddress Address(string text) =>
        EmailAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    private static SmtpMailSender Sender(string host, int port, bool startTls, string? user = null) =>
        new(
            new SmtpSettings(host, port, user, startTls, Address("codes@example.org")),
            Secrets(),
            NullLogger<SmtpMailSender>.Instance
        );

    private static ConfigurationSecrets Secrets() =>
        new(new Dictionary<string, string> { ["MailPassword"] = "secret" });

    private static async Task<JsonNode> PostAsync(
        HttpClient http,
        string path,
        object body,
        string? key = null,
        string? secret = null
    )
    {
        var json = JsonSerializer.Serialize(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            var nonce = TestIdentityClient.NonceAt(DateTimeOffset.UtcNow).ToString(CultureInfo.InvariantCulture);
            var signature = Convert.ToHexStringLower(
                HMACSHA256.HashData(
                    Encoding.UTF8.GetBytes(secret!),
                    Encoding.UTF8.GetBytes($"POST\n{path}\n{nonce}\n{json}")
                )
            );
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}:{signature}:{nonce}");
        }
        using var response = await http.SendAsync(request, Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static (string Key, string Cert) NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true)
        );
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
        return (key.ExportPkcs8PrivateKeyPem(), certificate.ExportCertificatePem());
    }
}
