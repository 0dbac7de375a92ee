using System.Text.Json;
using Microsoft.AspNetCore.Http;
using StandardWebhooks;
using StandardWebhooks.Diagnostics;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// What is delivered is verified by the libraries that partners would use: NuGet's StandardWebhooks, npm's
/// standardwebhooks and svix.
/// </summary>
public sealed class ThirdPartyVerificationTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_libraries_of_Standard_Webhooks_and_Svix_accept_a_delivery_and_refuse_it_when_changed()
    {
        await SamplePrograms.InstallAsync();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.IdleAsync();
        var delivered = Assert.Single(inbox.Received);

        var (accepted, output) = await VerifyAsync(partner.Secret, delivered.Headers, delivered.Text);
        Assert.True(accepted == 0, output);
        Assert.Equal("""{"standardwebhooks":"ok","svix":"ok"}""", output.Trim());
        Assert.NotEqual(
            0,
            (
                await VerifyAsync(
                    partner.Secret,
                    delivered.Headers,
                    delivered.Text.Replace("created", "revoked", StringComparison.Ordinal)
                )
            ).ExitCode
        );
        Assert.NotEqual(
            0,
            (await VerifyAsync((await app.NewPartnerAsync()).Secret, delivered.Headers, delivered.Text)).ExitCode
        );
    }

    [Fact]
    public async Task The_library_for_dotnet_accepts_a_delivery_and_the_new_secret_of_a_rotation_and_refuses_changes()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.IdleAsync();
        var fresh = (string)
            (await partner.PostAsync("/partner/webhooks/endpoint/rotate-secret")).Is(200).Data["webhookSecret"]!;
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        var (delivered, duringRotation) = (inbox.Received[0], inbox.Received[1]);

        Verify(partner.Secret, delivered);
        // The earlier secret's signature comes last, and the library (1.1.2) overlooks the last of several.
        Verify(fresh, duringRotation);
        Assert.Throws<WebhookVerificationException>(() => Verify(fresh, delivered));
        Assert.Throws<WebhookVerificationException>(() =>
            Verify(partner.Secret, delivered with { Body = [.. delivered.Body, (byte)' '] })
        );
        var otherId = new Dictionary<string, string>(delivered.Headers, StringComparer.OrdinalIgnoreCase)
        {
            ["webhook-id"] = duringRotation.Headers["webhook-id"],
        };
        Assert.Throws<WebhookVerificationException>(() => Verify(partner.Secret, delivered with { Headers = otherId }));

        static void Verify(string secret, Webhook webhook)
        {
            var headers = new HeaderDictionary();
            foreach (var (name, value) in webhook.Headers)
                headers[name] = value;
            new StandardWebhook(secret).Verify(webhook.Text, headers);
        }
    }

    [Fact]
    public async Task They_accept_an_event_that_is_pulled_and_refuse_it_when_changed()
    {
        await SamplePrograms.InstallAsync();
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        var pulled = Assert.Single((await partner.GetAsync("/partner/events")).Is(200).Data["items"]!.AsArray())!;
        var headers = pulled["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!);

        var (accepted, output) = await VerifyAsync(partner.Secret, headers, (string)pulled["body"]!);
        Assert.True(accepted == 0, output);
        Assert.NotEqual(0, (await VerifyAsync(partner.Secret, headers, (string)pulled["body"]! + " ")).ExitCode);
    }

    [Fact]
    public async Task The_sample_receiver_accepts_what_comes_during_a_rotation_with_either_secret()
    {
        await SamplePrograms.InstallAsync();
        var partner = await app.NewPartnerAsync();
        var fresh = (string)
            (await partner.PostAsync("/partner/webhooks/endpoint/rotate-secret")).Is(200).Data["webhookSecret"]!;
        foreach (
            var (secret, verdict) in new[]
            {
                (partner.Secret, "verified"),
                (fresh, "verified"),
                ((await app.NewPartnerAsync()).Secret, "REFUSED"),
            }
        )
        {
            await using var receiver = await SampleServer.StartAsync("receiver.mjs", [secret, "0"]);
            (
                await partner.PutAsync(
                    "/partner/webhooks/endpoint",
                    new { url = receiver.Url, events = new[] { "link.created" } }
                )
            ).Is(200);
            await partner.CreateLinkAsync();
            await app.IdleAsync();
            Assert.Contains($" {verdict} ", await receiver.StopAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_delivery_verifies_before_during_and_after_a_rotation()
    {
        await SamplePrograms.InstallAsync();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var old = partner.Secret;

        // The second delivery fails once, so that its retry falls into the overlap.
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        inbox.AnswerWith(503);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        inbox.AnswerWith(200);
        var before = inbox.Received.ToList();
        var fresh = (string)
            (await partner.PostAsync("/partner/webhooks/endpoint/rotate-secret", new { overlapHours = 24 }))
                .Is(200)
                .Data["webhookSecret"]!;
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(23));
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        var during = inbox.Received.Skip(before.Count).ToList();
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        await partner.CreateLinkAsync();
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        var after = inbox.Received.Skip(before.Count + during.Count).ToList();
        Assert.Equal((2, 3, 2), (before.Count, during.Count, after.Count));
        Assert.Equal(before[1].Headers["webhook-id"], during[0].Headers["webhook-id"]);

        foreach (
            var (webhooks, byOld, byNew, m2mByOld, m2mByNew) in new[]
            {
                (before, true, false, true, false),
                (during, true, true, false, true),
                (after, false, true, false, true),
            }
        )
        {
            foreach (var webhook in webhooks)
            {
                foreach (var (secret, standard, m2m) in new[] { (old, byOld, m2mByOld), (fresh, byNew, m2mByNew) })
                {
                    var (exitCode, output) = await VerifyAsync(secret, webhook.Headers, webhook.Text);
                    Assert.True(exitCode == (standard ? 0 : 1), output);
                    Assert.Equal(
                        standard
                            ? """{"standardwebhooks":"ok","svix":"ok"}"""
                            : """{"standardwebhooks":"No matching signature found","svix":"No matching signature found"}""",
                        output.Trim()
                    );
                    Assert.Equal(m2m ? 0 : 1, await VerifySampleTests.ByHandAsync("m2m", secret, webhook));
                    Assert.Equal(standard ? 0 : 1, await VerifySampleTests.ByHandAsync("standard", secret, webhook));
                }
                // A receiver that holds both secrets needs no moment at which it changes over.
                Assert.Equal(0, await VerifySampleTests.ByHandAsync("m2m", $"{old} {fresh}", webhook));
            }
        }
    }

    private static Task<(int ExitCode, string Output)> VerifyAsync(
        string secret,
        IReadOnlyDictionary<string, string> headers,
        string body
    ) =>
        SamplePrograms.RunAsync(
            "node",
            ["verify.mjs"],
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    secret,
                    headers,
                    body,
                }
            )
        );
}
