using System.Globalization;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>During a rotation's overlap a receiver with either secret accepts what comes.</summary>
public sealed class SecretRotationTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Rotate = "/partner/webhooks/endpoint/rotate-secret";

    [Theory]
    [InlineData(null, 24)]
    [InlineData(1, 1)]
    [InlineData(168, 168)]
    public async Task Both_secrets_sign_until_the_overlap_ends_and_then_the_new_one_alone(int? asked, int hours)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var before = app.Clock.GetUtcNow();
        var rotated = (
            await (asked is null ? partner.PostAsync(Rotate) : partner.PostAsync(Rotate, new { overlapHours = asked }))
        )
            .Is(200)
            .Data;
        var fresh = (string)rotated["webhookSecret"]!;
        var until = DateTimeOffset.Parse((string)rotated["previousSecretExpiresAt"]!, CultureInfo.InvariantCulture);
        Assert.InRange(until, before.AddHours(hours).AddSeconds(-1), before.AddHours(hours).AddSeconds(20));
        Assert.Equal(
            (string)rotated["previousSecretExpiresAt"]!,
            (string)(await partner.GetAsync("/partner/webhooks/endpoint")).Data["previousSecretExpiresAt"]!
        );

        AssertSigned(await NextAsync(partner, inbox), fresh, partner.Secret);
        await app.AdvanceAsync(until - app.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        AssertSigned(await NextAsync(partner, inbox), fresh, partner.Secret);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        AssertSigned(await NextAsync(partner, inbox), fresh);
        Assert.Null((await partner.GetAsync("/partner/webhooks/endpoint")).Data["previousSecretExpiresAt"]);
    }

    [Fact]
    public async Task Without_an_overlap_the_old_secret_ends_at_once()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var rotated = (await partner.PostAsync(Rotate, new { overlapHours = 0 })).Is(200).Data;
        Assert.Null(rotated["previousSecretExpiresAt"]);
        AssertSigned(await NextAsync(partner, inbox), (string)rotated["webhookSecret"]!);
    }

    [Fact]
    public async Task Every_secret_signs_until_the_time_that_it_was_promised_whatever_is_rotated_meanwhile()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var second = await RotateAsync(partner, new { overlapHours = 48 });
        var third = await RotateAsync(partner, new { overlapHours = 24 });
        var fourth = await RotateAsync(partner, new { overlapHours = 0 });
        AssertSigned(await NextAsync(partner, inbox), fourth, second, partner.Secret);
        Assert.NotEqual(third, fourth);
        await app.AdvanceAsync(TimeSpan.FromHours(25));
        AssertSigned(await NextAsync(partner, inbox), fourth, partner.Secret);
        await app.AdvanceAsync(TimeSpan.FromHours(24));
        AssertSigned(await NextAsync(partner, inbox), fourth);
    }

    [Fact]
    public async Task A_secret_that_an_earlier_build_promised_signs_until_its_time_whatever_is_rotated_meanwhile()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var second = await RotateAsync(partner, new { overlapHours = 24 });
        var row = Assert.Single(
            await app.RowsAsync("Partners", $"PartitionKey eq '{partner.Id}' and RowKey eq 'partner'")
        );
        // That build had room for one.
        var before = System.Text.Json.JsonDocument.Parse(row.GetString("WebhookSecretsBefore")).RootElement[0];
        row["WebhookSecretBefore"] = before.GetProperty("Wrapped").GetString();
        row["WebhookSecretBeforeExpiresAt"] = before.GetProperty("ExpiresAt").GetDateTimeOffset();
        row.Remove("WebhookSecretsBefore");
        row.Remove("WebhookRotations");
        await app.Table("Partners")
            .UpdateEntityAsync(
                row,
                row.ETag,
                Azure.Data.Tables.TableUpdateMode.Replace,
                TestContext.Current.CancellationToken
            );
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));

        AssertSigned(await NextAsync(partner, inbox), second, partner.Secret);
        var third = await RotateAsync(partner, new { overlapHours = 1 });
        AssertSigned(await NextAsync(partner, inbox), third, second, partner.Secret);
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        AssertSigned(await NextAsync(partner, inbox), third, partner.Secret);
        await app.AdvanceAsync(TimeSpan.FromHours(23));
        AssertSigned(await NextAsync(partner, inbox), third);
    }

    [Fact]
    public async Task A_fifth_earlier_secret_is_refused_until_one_of_the_four_has_ended()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        for (var i = 0; i < 4; i++)
            await RotateAsync(partner, new { overlapHours = 1 });
        (await partner.PostAsync(Rotate)).Is(409, "TOO_MANY_SECRETS");
        var refused = (await PostAsync(partner, "once", """{"overlapHours":1}""")).Is(409, "TOO_MANY_SECRETS");
        Assert.Equal(5, (await NextAsync(partner, inbox)).Headers["webhook-signature"].Split(' ').Length);
        await app.AdvanceAsync(TimeSpan.FromMinutes(61));
        Assert.Equal(refused.Text, (await PostAsync(partner, "once", """{"overlapHours":1}""")).Is(409).Text);
        var fresh = await RotateAsync(partner, new { overlapHours = 0 });
        AssertSigned(await NextAsync(partner, inbox), fresh);
    }

    [Fact]
    public async Task A_repeated_request_gets_the_first_answer_and_rotates_nothing_also_after_another_rotation()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var first = (await PostAsync(partner, "key-1", "{}")).Is(200);
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(partner, "key-1", "{}")));
        Assert.All(
            replies,
            reply => Assert.Equal((first.Text, "true"), (reply.Is(200).Text, reply["Idempotency-Replayed"]!))
        );
        AssertSigned(await NextAsync(partner, inbox), (string)first.Data["webhookSecret"]!, partner.Secret);

        var other = await RotateAsync(partner, new { overlapHours = 0 });
        Assert.Equal(first.Text, (await PostAsync(partner, "key-1", "{}")).Is(200).Text);
        AssertSigned(await NextAsync(partner, inbox), other, partner.Secret);
        (await PostAsync(partner, "key-1", """{"overlapHours":1}""")).Is(409, "IDEMPOTENCY_KEY_REUSED");
    }

    [Fact]
    public async Task Ten_requests_with_one_key_at_once_are_one_rotation()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostAsync(partner, "key-1", "{}")));
        var secret = Assert.Single(replies.Select(reply => (string)reply.Is(200).Data["webhookSecret"]!).Distinct());
        AssertSigned(await NextAsync(partner, inbox), secret, partner.Secret);
    }

    [Fact]
    public async Task The_endpoint_stays_as_it_was_put_and_no_secret_is_stored_in_clear()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var fresh = (string)(await partner.PostAsync(Rotate)).Is(200).Data["webhookSecret"]!;
        Assert.Equal(inbox.Url, (string)(await partner.GetAsync("/partner/webhooks/endpoint")).Data["url"]!);
        var row = Assert.Single(
            await app.RowsAsync("Partners", $"PartitionKey eq '{partner.Id}' and RowKey eq 'partner'")
        );
        Assert.DoesNotContain(
            row.Select(column => column.Value).OfType<string>(),
            value =>
                value.Contains(fresh, StringComparison.Ordinal)
                || value.Contains(partner.Secret, StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{"overlapHours":-1}""")]
    [InlineData("""{"overlapHours":169}""")]
    [InlineData("""{"overlapHours":1.5}""")]
    [InlineData("""{"overlapHours":"24"}""")]
    public async Task An_overlap_out_of_range_is_refused_and_nothing_rotates(string body)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        Assert.Equal(["overlapHours"], (await partner.PostAsync(Rotate, body)).Is(400, "INVALID_REQUEST").Fields);
        AssertSigned(await NextAsync(partner, inbox), partner.Secret);
    }

    private static async Task<string> RotateAsync(TestPartner partner, object body) =>
        (string)(await partner.PostAsync(Rotate, body)).Is(200).Data["webhookSecret"]!;

    private static Task<Reply> PostAsync(TestPartner partner, string key, string body) =>
        partner.SendAsync(HttpMethod.Post, Rotate, body, ("Idempotency-Key", key));

    private async Task<Webhook> NextAsync(TestPartner partner, Inbox inbox)
    {
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        return inbox.Received[^1];
    }

    /// <summary>Exactly these secrets signed, the first of them M2M's own header.</summary>
    private static void AssertSigned(Webhook webhook, params string[] secrets)
    {
        Assert.Equal(
            Expected.M2m(secrets[0], webhook.Headers["X-M2M-Timestamp"], webhook.Body),
            webhook.Headers["X-M2M-Signature"]
        );
        Assert.Equal(
            string.Join(
                ' ',
                secrets.Select(secret =>
                    Expected.Standard(
                        secret,
                        webhook.Headers["webhook-id"],
                        webhook.Headers["webhook-timestamp"],
                        webhook.Body
                    )
                )
            ),
            webhook.Headers["webhook-signature"]
        );
    }
}
