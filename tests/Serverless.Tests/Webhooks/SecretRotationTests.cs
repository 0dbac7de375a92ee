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
        var rotated = (await (asked is null ? partner.PostAsync(Rotate) : partner.PostAsync(Rotate, new { overlapHours = asked }))).Is(200).Data;
        var fresh = (string)rotated["webhookSecret"]!;
        var until = DateTimeOffset.Parse((string)rotated["previousSecretExpiresAt"]!, CultureInfo.InvariantCulture);
        Assert.InRange(until, before.AddHours(hours).AddSeconds(-1), before.AddHours(hours).AddSeconds(20));
        Assert.Equal((string)rotated["previousSecretExpiresAt"]!, (string)(await partner.GetAsync("/partner/webhooks/endpoint")).Data["previousSecretExpiresAt"]!);

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
    public async Task A_second_rotation_during_the_overlap_ends_the_oldest_secret()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var second = (string)(await partner.PostAsync(Rotate)).Is(200).Data["webhookSecret"]!;
        var third = (string)(await partner.PostAsync(Rotate)).Is(200).Data["webhookSecret"]!;
        AssertSigned(await NextAsync(partner, inbox), third, second);
    }

    [Fact]
    public async Task The_endpoint_stays_as_it_was_put_and_no_secret_is_stored_in_clear()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var fresh = (string)(await partner.PostAsync(Rotate)).Is(200).Data["webhookSecret"]!;
        Assert.Equal(inbox.Url, (string)(await partner.GetAsync("/partner/webhooks/endpoint")).Data["url"]!);
        var row = Assert.Single(await app.RowsAsync("Partners", $"PartitionKey eq '{partner.Id}' and RowKey eq 'partner'"));
        Assert.DoesNotContain(row.Select(column => column.Value).OfType<string>(), value => value.Contains(fresh, StringComparison.Ordinal) || value.Contains(partner.Secret, StringComparison.Ordinal));
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

    private async Task<Webhook> NextAsync(TestPartner partner, Inbox inbox)
    {
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        return inbox.Received[^1];
    }

    /// <summary>Exactly these secrets signed, the first of them M2M's own header.</summary>
    private static void AssertSigned(Webhook webhook, params string[] secrets)
    {
        Assert.Equal(Expected.M2m(secrets[0], webhook.Headers["X-M2M-Timestamp"], webhook.Body), webhook.Headers["X-M2M-Signature"]);
        Assert.Equal(
            string.Join(' ', secrets.Select(secret => Expected.Standard(secret, webhook.Headers["webhook-id"], webhook.Headers["webhook-timestamp"], webhook.Body))),
            webhook.Headers["webhook-signature"]);
    }
}
