using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Mail;
using Serverless.Functions.Verifications;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Verifications;

/// <summary>A mail that cannot be handed over: a documented error, nothing pending, the send counted.</summary>
public sealed class MailFailureTests
{
    [Fact]
    public async Task A_mail_server_that_is_down_is_503_and_leaves_nothing_pending()
    {
        await using var app = await TestApp.StartAsync(
            ("Mail:Smtp:Host", "127.0.0.1"),
            ("Mail:Smtp:Port", $"{ClosedPort()}"),
            ("Mail:Smtp:StartTls", "false"),
            ("Mail:From", "no-reply@example.org")
        );
        var partner = await app.NewOtpPartnerAsync();
        (await partner.Identity.CreateAsync("down-1")).Is(201);

        for (var i = 0; i < 3; i++)
        {
            var failed = await SendAsync(partner, "down-1");
            Assert.Equal((503, "MailUnavailable"), (failed.Status, (string)JsonNode.Parse(failed.Body)!["code"]!));
            Assert.Equal("20", failed["Retry-After"]);
        }

        Assert.Equal(429, (await SendAsync(partner, "down-1")).Status);
        var row = Assert.Single(await app.RowsAsync("OneTimeCodes", "Salt ne ''"));
        Assert.Equal(nameof(CodeStatus.Voided), row.GetString("Status"));
        Assert.Contains(app.Log.Lines, line => line.Contains("did not take a mail", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains("ana@example.org", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_mail_service_sending_is_503()
    {
        await using var app = await TestApp.StartAsync(("Mail:Smtp:Host", ""));
        var partner = await app.NewOtpPartnerAsync();
        (await partner.Identity.CreateAsync("none-1")).Is(201);

        Assert.Equal(503, (await SendAsync(partner, "none-1")).Status);
    }

    [Theory]
    [InlineData(nameof(MailOutcome.Unavailable), 503, "MailUnavailable", "20")]
    [InlineData(nameof(MailOutcome.Refused), 503, "MailRefused", null)]
    [InlineData(nameof(MailOutcome.AddressRefused), 422, null, null)]
    public async Task Only_what_may_pass_is_called_try_again(
        string outcome,
        int status,
        string? code,
        string? retryAfter
    )
    {
        var mail = new Unsent(Enum.Parse<MailOutcome>(outcome));
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<IMailSender>(mail));
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);

        var body = $$"""{"identityReference":"{{reference}}","email":"{{email}}"}""";
        var reply = await partner.Identity.SendRawAsync("POST", "/eapi/v1/verifications/otp", body);
        Assert.Equal((status, retryAfter), (reply.Status, reply["Retry-After"]));
        var json = JsonNode.Parse(reply.Body)!;
        Assert.Equal(code, (string?)json["code"]);
        Assert.Equal(status == 422, json["errors"]?["email"] is not null);
        // Nothing is pending: the code that nobody got is good for nothing.
        var digits = mail
            .Text.Split('\n')
            .Select(line => line.Trim())
            .Single(line => line.Length == 4 && line.All(char.IsAsciiDigit));
        (await partner.VerifyCodeAsync(reference, email, digits)).Is(422, "OtpInvalid");
    }

    private static Task<RawReply> SendAsync(TestPartner partner, string reference) =>
        partner.Identity.SendRawAsync(
            "POST",
            "/eapi/v1/verifications/otp",
            JsonSerializer.Serialize(new { identityReference = reference, email = "ana@example.org" })
        );

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Unsent(MailOutcome outcome) : IMailSender
    {
        public string Text { get; private set; } = "";

        public Task<MailOutcome> SendAsync(MailMessage mail, CancellationToken ct)
        {
            Text = mail.Text;
            return Task.FromResult(outcome);
        }
    }
}
