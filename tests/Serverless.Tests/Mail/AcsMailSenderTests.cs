using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Mail;
using Xunit;

namespace Serverless.Tests.Mail;

/// <summary>
/// The edge to Azure Communication Services, against a receiver that checks what its REST API asks for.
/// </summary>
public sealed class AcsMailSenderTests : IAsyncLifetime
{
    private readonly CapturedLog _log = new();
    private readonly List<Uri> _asked = [];
    private Receiver? _receiver;
    private Inbox _inbox = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _receiver = await Receiver.StartAsync(Cancel);
        _inbox = _receiver.NewInbox(() => DateTimeOffset.UtcNow);
        AnswerWith(202);
    }

    public ValueTask DisposeAsync() => _receiver!.DisposeAsync();

    [Fact]
    public async Task A_mail_is_sent_as_the_apps_identity_in_the_documented_shape()
    {
        var credential = new FakeCredential();

        Assert.Equal(MailOutcome.Accepted, await SendAsync(credential));

        Assert.Equal("https://mail.example.org/emails:send?api-version=2023-03-31", Assert.Single(_asked).AbsoluteUri);
        Assert.Equal(["https://communication.azure.com/.default"], credential.Scopes);
        var sent = Assert.Single(_inbox.Received);
        Assert.Equal("Bearer fake-token", sent.Headers["Authorization"]);
        Assert.True(Guid.TryParseExact(sent.Headers["Operation-Id"], "D", out _));
        Assert.Equal("application/json", sent.Headers["Content-Type"]);
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {"senderAddress":"codes@example.org","recipients":{"to":[{"address":"ana@example.org"}]},"content":{"subject":"Your verification code","plainText":"Grüße\n.\n..dots"},
                     "headers":{"Auto-Submitted":"auto-generated"},"userEngagementTrackingDisabled":true}
                    """
                ),
                sent.Json
            ),
            sent.Text
        );
    }

    [Fact]
    public async Task A_retry_is_the_same_operation()
    {
        var first = true;
        _inbox.Answer = (_, http) =>
        {
            http.Response.StatusCode = first ? 503 : 202;
            http.Response.Headers["Operation-Location"] = "https://mail.example.org/emails/operations/1";
            first = false;
            return Task.CompletedTask;
        };

        Assert.Equal(MailOutcome.Accepted, await SendAsync(new FakeCredential()));
        Assert.Equal(2, _inbox.Received.Count);
        Assert.Single(_inbox.Received.Select(sent => sent.Headers["Operation-Id"]).Distinct());
    }

    [Theory]
    [InlineData(400, "DomainNotLinked", nameof(MailOutcome.Refused))]
    [InlineData(401, "Denied", nameof(MailOutcome.Refused))]
    [InlineData(404, "DomainNotLinked", nameof(MailOutcome.Refused))]
    [InlineData(400, "EmailDroppedAllRecipientsSuppressed", nameof(MailOutcome.AddressRefused))]
    [InlineData(429, "TooManyRequests", nameof(MailOutcome.Unavailable))]
    [InlineData(500, "InternalServerError", nameof(MailOutcome.Unavailable))]
    public async Task A_refusal_is_told_by_its_code_and_without_the_address(int status, string code, string expected)
    {
        AnswerWith(status, code);

        Assert.Equal(expected, $"{await SendAsync(new FakeCredential())}");
        if (expected != nameof(MailOutcome.AddressRefused))
            Assert.Contains(_log.Lines, line => line.Contains($"{status} {code}", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("ana@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_token_nothing_is_sent()
    {
        Assert.Equal(MailOutcome.Unavailable, await SendAsync(new FakeCredential { Fails = true }));
        Assert.Empty(_inbox.Received);
    }

    private void AnswerWith(int status, string code = "") =>
        _inbox.Answer = (_, http) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers["x-ms-error-code"] = code;
            http.Response.Headers["Operation-Location"] = "https://mail.example.org/emails/operations/1";
            return Task.CompletedTask;
        };

    private async Task<MailOutcome> SendAsync(TokenCredential credential)
    {
        using var http = new HttpClient(new ToReceiver(_inbox.Url, _asked));
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
        var sender = new AcsMailSender(
            new Uri("https://mail.example.org"),
            SmtpMailSenderTests.Address("codes@example.org"),
            credential,
            new AcsMailOptions { Transport = new HttpClientTransport(http) },
            loggers.CreateLogger<AcsMailSender>()
        );
        return await sender.SendAsync(SmtpMailSenderTests.Mail("ana@example.org"), Cancel);
    }

    private sealed class ToReceiver(string receiver, List<Uri> asked) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            asked.Add(request.RequestUri!);
            request.RequestUri = new Uri(receiver);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class FakeCredential : TokenCredential
    {
        public bool Fails { get; init; }

        public string[] Scopes { get; private set; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes = requestContext.Scopes;
            return Fails
                ? throw new AuthenticationFailedException("no identity here")
                : new AccessToken("fake-token", DateTimeOffset.UtcNow.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(
            TokenRequestContext requestContext,
            CancellationToken cancellationToken
        ) => new(GetToken(requestContext, cancellationToken));
    }
}
