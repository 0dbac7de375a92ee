using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Mail;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Verifications;

/// <summary>What is said of a code whose mail was not sent: whether trying again helps, and whose the fault is.</summary>
public sealed class MailFailureTests
{
    [Theory]
    [InlineData(nameof(MailOutcome.Unavailable), 503, "MailUnavailable", "20")]
    [InlineData(nameof(MailOutcome.Refused), 503, "MailRefused", null)]
    [InlineData(nameof(MailOutcome.AddressRefused), 422, null, null)]
    public async Task Only_what_may_pass_is_called_try_again(string outcome, int status, string? code, string? retryAfter)
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
        var digits = mail.Text.Split('\n').Select(line => line.Trim()).Single(line => line.Length == 4 && line.All(char.IsAsciiDigit));
        (await partner.VerifyCodeAsync(reference, email, digits)).Is(422, "OtpInvalid");
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
