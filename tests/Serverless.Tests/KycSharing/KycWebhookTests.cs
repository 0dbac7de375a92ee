using System.Diagnostics;
using System.Text.Json;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>Shape, signature, schedule and order of KYC webhooks.</summary>
public sealed class KycWebhookTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly double[] Minutes = [1, 5, 30, 120, 360, 1440];

    [Fact]
    public async Task A_kyc_webhook_has_the_documented_shape_and_a_signature_that_node_accepts()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(
            settings: new { kycWebhooks = true, kycWebhookUrl = inbox.Url + "?a=1&b=%C3%B1" }
        );
        Assert.Equal("VERIFIED", await partner.SharedAsync("shape-1", "approved"));

        var webhook = inbox.Received[^1];
        var createdAt = (string)(await partner.Identity.FindAsync("shape-1")).Json["account"]!["createdAt"]!;
        Assert.Equal(
            $$"""{"identity_reference":"shape-1","account":{"exists":true,"blocked":false,"createdAt":"{{createdAt.Replace('T', ' ').TrimEnd('Z')}}"},"kyc":{"status":"VERIFIED"} }""".Replace(
                " }",
                "}",
                StringComparison.Ordinal
            ),
            webhook.Text
        );
        Assert.Equal("application/json", webhook.Headers["Content-Type"]);
        Assert.DoesNotContain(
            webhook.Headers.Keys,
            name =>
                name.StartsWith("X-M2M", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("webhook-", StringComparison.OrdinalIgnoreCase)
        );
        Assert.All(
            inbox.Received,
            one =>
                Assert.True(
                    VerifyAsync(
                        partner,
                        one.Headers,
                        one.Text,
                        new Uri(inbox.Url).AbsolutePath + "?a=1&b=%C3%B1"
                    ).Result
                )
        );
        Assert.False(
            await VerifyAsync(
                partner,
                webhook.Headers,
                webhook.Text + " ",
                new Uri(inbox.Url).AbsolutePath + "?a=1&b=%C3%B1"
            )
        );
        Assert.False(await VerifyAsync(partner, webhook.Headers, webhook.Text, new Uri(inbox.Url).AbsolutePath));
    }

    [Fact]
    public async Task Without_the_setting_none_are_sent_and_without_an_own_URL_they_go_to_the_endpoint()
    {
        var silent = await app.NewInboxAsync();
        await (await app.NewPartnerAsync(silent)).SharedAsync("silent-1", "approved");
        Assert.Empty(silent.Received);

        var inbox = await app.NewInboxAsync();
        await (await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true })).SharedAsync(
            "loud-1",
            "approved"
        );
        Assert.Equal(["UNDER_REVIEW", "VERIFIED"], inbox.Kycs());
    }

    [Fact]
    public async Task A_failed_one_is_tried_six_more_times_with_the_same_body_and_id_and_a_fresh_signature()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        (await partner.Identity.ShareAsync("tries-1", "tries@example.org", KycSteps.NewToken("never"))).Is(202);
        await app.AdvanceAsync(TimeSpan.FromHours(48));

        var received = inbox.Received;
        Assert.Equal(7, received.Count);
        Assert.All(
            Minutes.Zip(received.Zip(received.Skip(1), (one, next) => (next.At - one.At).TotalMinutes)),
            pair => Assert.InRange(pair.Second, pair.First, pair.First * 1.1 + 0.1)
        );
        Assert.Single(received.Select(webhook => webhook.Text).Distinct());
        Assert.Single(received.Select(webhook => webhook.Headers["X-Banxa-Event-Id"]).Distinct());
        Assert.Equal(7, received.Select(webhook => webhook.Headers["Authorization"]).Distinct().Count());
        var failed = Assert.Single(
            (await partner.GetAsync("/partner/webhooks/deliveries?event=kyc&status=failed")).Is(200).Data[
                "items"
            ]!.AsArray()
        )!;
        Assert.Equal(received[0].Headers["X-Banxa-Event-Id"], (string)failed["deliveryId"]!);

        inbox.AnswerWith(204);
        (await partner.PostAsync($"/partner/webhooks/deliveries/{(string)failed["deliveryId"]!}/replay")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(8, inbox.Received.Count);
        Assert.True(
            await VerifyAsync(
                partner,
                inbox.Received[^1].Headers,
                inbox.Received[^1].Text,
                new Uri(inbox.Url).PathAndQuery
            )
        );
    }

    [Fact]
    public async Task A_newer_status_takes_the_place_of_one_that_waits_for_another_try()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        (await partner.Identity.ShareAsync("newer-1", "newer@example.org", KycSteps.NewToken("pending-2m"))).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(90));
        Assert.Equal(["UNDER_REVIEW", "UNDER_REVIEW"], inbox.Kycs());
        inbox.AnswerWith(200);
        await app.AdvanceAsync(TimeSpan.FromHours(30));

        Assert.Equal(["UNDER_REVIEW", "UNDER_REVIEW", "VERIFIED"], inbox.Kycs());
        var statuses = (await partner.GetAsync("/partner/webhooks/deliveries?event=kyc")).Data["items"]!
            .AsArray()
            .Select(item => (string)item!["status"]!);
        Assert.Equal(["delivered", "superseded"], statuses);
    }

    [Fact]
    public async Task A_newer_status_waits_while_the_one_before_it_is_on_its_way()
    {
        var inbox = await app.NewInboxAsync();
        var held = new TaskCompletionSource();
        inbox.Answer = (webhook, _) =>
            webhook.Text.Contains("UNDER_REVIEW", StringComparison.Ordinal) ? held.Task : Task.CompletedTask;
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        (await partner.Identity.ShareAsync("waits-1", "waits@example.org", KycSteps.NewToken("rejected"))).Is(202);
        await inbox.WaitForAsync(1);
        await SettleAsync(partner);
        Assert.Equal(["UNDER_REVIEW"], inbox.Kycs());
        held.SetResult();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["UNDER_REVIEW", "REJECTED"], inbox.Kycs());

        // The result is applied while the first webhook is still being answered, so the clock is moved without waiting
        // for rest.
        async Task SettleAsync(TestPartner of)
        {
            for (var i = 0; i < 100 && await of.Identity.KycAsync("waits-1") != "REJECTED"; i++)
            {
                await Task.WhenAny(
                    app.Clock.AdvanceAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken),
                    Task.Delay(200, TestContext.Current.CancellationToken)
                );
            }
        }
    }

    [Fact]
    public async Task Of_several_keys_the_newest_signs_and_without_any_none_is_sent()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        var issued = (await app.PostAsync($"/operator/partners/{partner.Id}/identity-keys")).Is(201).Data;
        var newest = partner.Identity.With((string)issued["identityApiKey"]!, (string)issued["identityApiSecret"]!);
        await partner.SharedAsync("newest-1", "approved");
        Assert.All(
            inbox.Received,
            webhook =>
                Assert.StartsWith($"Bearer {newest.Key}:", webhook.Headers["Authorization"], StringComparison.Ordinal)
        );
        var sent = inbox.Received.Count;

        (await partner.Identity.ShareAsync("none-1", "none@example.org", KycSteps.NewToken("pending-2m"))).Is(202);
        await app.IdleAsync();
        foreach (var key in new[] { partner.Identity.Key, newest.Key })
            (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/identity-keys/{key}", null)).Is(
                200
            );
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(sent + 1, inbox.Received.Count);
        Assert.Equal(
            "failed",
            (string)(await partner.GetAsync("/partner/webhooks/deliveries?event=kyc")).Data["items"]![0]!["status"]!
        );
    }

    [Fact]
    public async Task A_pulled_one_has_the_right_headers()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        await partner.SharedAsync("pulled-1", "approved", TimeSpan.FromSeconds(30));
        var items = (await partner.GetAsync("/partner/events")).Is(200).Data["items"]!
            .AsArray()
            .Where(item => (string)item!["event"]! == "kyc")
            .ToList();
        Assert.Equal(2, items.Count);
        foreach (var item in items)
        {
            var headers = item!["headers"]!
                .AsObject()
                .ToDictionary(header => header.Key, header => (string)header.Value!);
            Assert.Equal(["Authorization", "X-Banxa-Event-Id"], headers.Keys.Order(StringComparer.Ordinal));
            Assert.True(await VerifyAsync(partner, headers, (string)item["body"]!, new Uri(inbox.Url).PathAndQuery));
        }
    }

    [Fact]
    public async Task A_merge_tells_once_and_of_the_newer_reference_where_what_it_sees_changed()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        await partner.SharedAsync("older-1", "approved");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var before = inbox.Received.Count;
        (await partner.Identity.CreateAsync("younger-1")).Is(201);
        (await partner.Identity.UpdateAsync("younger-1", "older-1@example.org")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(
            ["younger-1 VERIFIED"],
            inbox
                .Received.Skip(before)
                .Select(webhook => $"{webhook.Json["identity_reference"]} {webhook.Json["kyc"]!["status"]}")
        );
    }

    private static async Task<bool> VerifyAsync(
        TestPartner partner,
        IReadOnlyDictionary<string, string> headers,
        string body,
        string target
    )
    {
        var start = new ProcessStartInfo("node", ["verify-kyc.mjs"])
        {
            WorkingDirectory = FindSamples(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(
            JsonSerializer.Serialize(
                new
                {
                    key = partner.Identity.Key,
                    secret = partner.Identity.Secret,
                    method = "POST",
                    target,
                    headers,
                    body,
                }
            )
        );
        process.StandardInput.Close();
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0;
    }

    private static string FindSamples()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "tests", "samples")))
                return Path.Combine(folder.FullName, "tests", "samples");
        throw new DirectoryNotFoundException("tests/samples");
    }
}
