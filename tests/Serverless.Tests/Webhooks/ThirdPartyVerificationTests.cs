using System.Text.Json;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>What is delivered is verified by the libraries that partners would use: npm's standardwebhooks and svix.</summary>
public sealed class ThirdPartyVerificationTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_libraries_of_Standard_Webhooks_and_Svix_accept_a_delivery_and_refuse_it_when_changed()
    {
        var samples = await NodeSamples.ReadyAsync();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.IdleAsync();
        var delivered = Assert.Single(inbox.Received);

        var (accepted, output) = await VerifyAsync(samples, partner.Secret, delivered, delivered.Text);
        Assert.True(accepted == 0, output);
        Assert.Equal("""{"standardwebhooks":"ok","svix":"ok"}""", output.Trim());
        Assert.NotEqual(0, (await VerifyAsync(samples, partner.Secret, delivered, delivered.Text.Replace("created", "revoked", StringComparison.Ordinal))).ExitCode);
        Assert.NotEqual(0, (await VerifyAsync(samples, (await app.NewPartnerAsync()).Secret, delivered, delivered.Text)).ExitCode);
    }

    [Fact]
    public async Task They_accept_an_event_that_is_pulled_and_refuse_it_when_changed()
    {
        var samples = await NodeSamples.ReadyAsync();
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        var pulled = Assert.Single((await partner.GetAsync("/partner/events")).Is(200).Data["items"]!.AsArray())!;
        var headers = pulled["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!);

        var (accepted, output) = await VerifyAsync(samples, partner.Secret, headers, (string)pulled["body"]!);
        Assert.True(accepted == 0, output);
        Assert.NotEqual(0, (await VerifyAsync(samples, partner.Secret, headers, (string)pulled["body"]! + " ")).ExitCode);
    }

    private static Task<(int ExitCode, string Output)> VerifyAsync(string samples, string secret, Webhook webhook, string body) => VerifyAsync(samples, secret, webhook.Headers, body);

    private static Task<(int ExitCode, string Output)> VerifyAsync(string samples, string secret, IReadOnlyDictionary<string, string> headers, string body) =>
        NodeSamples.RunAsync(samples, "node", JsonSerializer.Serialize(new { secret, headers, body }), "verify.mjs");
}
