using System.Globalization;
using System.Text;
using Serverless.Functions.Events;
using Serverless.Functions.Partners;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>The programs of <c>tests/samples</c> do what they say, and say what they do not do.</summary>
public sealed class SampleProgramTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly HttpClient Http = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("partner.mjs")]
    [InlineData("partner.mjs", "", "whsec_AAAA")]
    [InlineData("partner.mjs", "", "whsec_AAAA", "m2m_test_1", "sometimes")]
    [InlineData("identity.mjs")]
    [InlineData("signed.mjs")]
    [InlineData("signed.mjs", "", "pk_test_1", "sk_test_1", "GET")]
    [InlineData("signed.mjs", "", "pk_test_1", "sk_test_1", "GET", "/partner/me")]
    [InlineData("signed.mjs", "", "pk_live_1", "sk_live_1")]
    [InlineData("verify.mjs")]
    [InlineData("verify.mjs", "no JSON")]
    [InlineData("verify.mjs", "null")]
    [InlineData("verify.mjs", """{"secret":"whsec_AAAA","headers":{}}""")]
    [InlineData("verify-kyc.mjs")]
    [InlineData("verify-kyc.mjs", "no JSON")]
    [InlineData("verify-kyc.mjs", "null")]
    [InlineData("verify-kyc.mjs", """{"key":"pk_test_1","secret":"sk_test_1","headers":{}}""")]
    public async Task A_program_that_gets_not_what_it_needs_says_how_to_call_it(
        string program,
        string input = "",
        params string[] arguments
    )
    {
        var (exitCode, output) = await SamplePrograms.RunAsync(
            "node",
            [program, .. arguments],
            Encoding.UTF8.GetBytes(input)
        );

        Assert.Equal(1, exitCode);
        Assert.StartsWith("Usage: node ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("    at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("receiver.mjs")]
    [InlineData("partner.mjs", "whsec_AAAA", "m2m_test_1")]
    public async Task A_second_program_at_the_same_port_says_so(string program, params string[] arguments)
    {
        await using var first = await SampleServer.StartAsync("receiver.mjs", ["0"]);

        var (exitCode, output) = await SamplePrograms.RunAsync(
            "node",
            [program, .. arguments, new Uri(first.Url).Port.ToString(CultureInfo.InvariantCulture)]
        );

        Assert.Equal(1, exitCode);
        Assert.Contains("is taken", output, StringComparison.Ordinal);
        Assert.DoesNotContain("    at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("response", "answered in the response: name.firstName, name.secondName")]
    [InlineData("put", "answered by PUT: 200")]
    public async Task The_sample_partner_answers_data_requests_as_it_was_told(string how, string said)
    {
        var partner = await app.NewPartnerAsync();
        await using var sample = await SampleServer.StartAsync("partner.mjs", [partner.Secret, partner.Key, how, "0"]);
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = sample.Url, events = new[] { PartnerEvents.DataRequest } }
            )
        ).Is(200);

        var link = await partner.CreateLinkAsync();
        await sample.SaysAsync(said);
        await app.IdleAsync();

        var request = (await partner.GetAsync($"/partner/data-requests/dr_{link.Id["link_".Length..]}")).Is(200).Data;
        Assert.Equal("fulfilled", (string)request["status"]!);
    }

    [Fact]
    public async Task The_sample_partner_refuses_what_it_cannot_verify_and_says_why()
    {
        var secret = WebhookSecret.New().Reveal();
        await using var sample = await SampleServer.StartAsync("partner.mjs", [secret, "m2m_test_1", "never", "0"]);
        var body = """{"event":"link.opened","data":{"linkId":"link_demo_1"}}"""u8.ToArray();
        var now = DateTimeOffset.UtcNow;

        await Says(200, "verified link.opened link_demo_1", Signed(secret, now));
        await Says(401, "it has no webhook-id");
        await Says(
            401,
            "no signature in webhook-signature was made with this",
            Signed(WebhookSecret.New().Reveal(), now)
        );
        await Says(401, "seconds from this machine's clock", Signed(secret, now.AddMinutes(-6)));
        await Says(401, "seconds from this machine's clock", Signed(secret, now.AddMinutes(6)));
        await Says(401, "start this program with sk_test_", [("X-Banxa-Event-Id", "evt_1")]);

        async Task Says(int status, string why, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sample.Url));
            request.Content = new ByteArrayContent(body);
            foreach (var (name, value) in headers)
                request.Headers.TryAddWithoutValidation(name, value);
            using var response = await Http.SendAsync(request, Cancel);
            Assert.Equal(status, (int)response.StatusCode);
            var line = await sample.SaysAsync(why);
            Assert.Equal(status == 401, line.StartsWith("REFUSED (401)", StringComparison.Ordinal));
        }

        (string, string)[] Signed(string by, DateTimeOffset at)
        {
            var seconds = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            return
            [
                ("webhook-id", "evt_1"),
                ("webhook-timestamp", seconds),
                ("webhook-signature", Expected.Standard(by, "evt_1", seconds, body)),
            ];
        }
    }

    [Fact]
    public async Task The_signing_sample_sends_one_request_and_prints_its_answer()
    {
        var partner = await app.NewPartnerAsync();

        var created = await SignAsync(
            partner,
            "POST",
            "/eapi/v0/identities/basic",
            """{"identityReference":"one-1"}"""
        );
        var found = await SignAsync(partner, "GET", "/eapi/v0/identities/any-ref?email=nobody@example.org");

        Assert.Equal((0, true), (created.ExitCode, created.Output.StartsWith("201 {", StringComparison.Ordinal)));
        Assert.Equal((1, true), (found.ExitCode, found.Output.StartsWith("404 {", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_signing_sample_signs_nothing_for_a_page_in_a_browser_and_nothing_else_than_the_identity_API()
    {
        var partner = await app.NewPartnerAsync();
        await using var signer = await SampleServer.StartAsync(
            "signed.mjs",
            [partner.Identity.Key, partner.Identity.Secret],
            ("APP", app.Address.ToString().TrimEnd('/')),
            ("PORT", "0")
        );

        Assert.Equal(404, await StatusAsync("/eapi/v0/identities/nobody-1"));
        Assert.Equal(403, await StatusAsync("/eapi/v0/identities/nobody-1", ("Origin", "https://example.com")));
        Assert.Equal(403, await StatusAsync("/eapi/v0/identities/nobody-1", ("Host", "rebound.example.com")));
        Assert.Equal(404, await StatusAsync("/partner/me"));
        Assert.Equal(
            ["GET /eapi/v0/identities/nobody-1 404"],
            (await signer.StopAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );

        async Task<int> StatusAsync(string target, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(signer.Url), target));
            foreach (var (name, value) in headers)
                request.Headers.TryAddWithoutValidation(name, value);
            using var response = await Http.SendAsync(request, Cancel);
            return (int)response.StatusCode;
        }
    }

    private Task<(int ExitCode, string Output)> SignAsync(TestPartner partner, params string[] request) =>
        SamplePrograms.RunAsync(
            "node",
            ["signed.mjs", partner.Identity.Key, partner.Identity.Secret, .. request],
            null,
            ("APP", app.Address.ToString().TrimEnd('/'))
        );
}
