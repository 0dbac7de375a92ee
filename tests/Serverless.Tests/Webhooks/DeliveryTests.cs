using System.Text.RegularExpressions;
using Serverless.Functions.Events;
using Serverless.Functions.Webhooks.Deliveries;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>What is sent, how it is signed, and when it is tried again.</summary>
public sealed class DeliveryTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_webhook_is_a_signed_POST_of_the_documented_shape()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var link = await partner.CreateLinkAsync("cust-1", metadata: new { order = "Ñ-1" });
        await app.IdleAsync();

        var webhook = Assert.Single(inbox.Received);
        Assert.Equal("POST", webhook.Method);
        Assert.Equal("application/json", webhook.Headers["Content-Type"]);
        Assert.Equal("link.created", webhook.Headers["X-M2M-Event"]);
        Assert.Equal(["event", "timestamp", "data"], webhook.Json.AsObject().Select(member => member.Key));
        Assert.Equal((string?)link.Created["createdAt"], (string?)webhook.Json["timestamp"]);
        Assert.Equal(
            ["linkId", "referenceId", "url", "status", "expiresAt", "createdAt", "metadata"],
            webhook.Data.AsObject().Select(member => member.Key)
        );
        foreach (var member in new[] { "linkId", "referenceId", "url", "status", "expiresAt", "createdAt" })
            Assert.Equal((string?)link.Created[member], (string?)webhook.Data[member]);
        Assert.Contains("""{"order":"Ñ-1"}""", webhook.Text, StringComparison.Ordinal);
        Verify(webhook, partner.Secret);
    }

    [Fact]
    public async Task Metadata_is_left_out_where_a_link_has_none()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await partner.CreateLinkAsync(metadata: new { });
        await app.IdleAsync();
        Assert.All(inbox.Received, webhook => Assert.Null(webhook.Data["metadata"]));
    }

    [Fact]
    public async Task Five_attempts_are_made_at_once_and_after_1_5_30_and_120_minutes_and_then_no_more()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(48));

        var received = inbox.Received;
        Assert.Equal(5, received.Count);
        Schedule.AssertFollowed(received);
        Assert.Single(received.Select(webhook => webhook.Headers["webhook-id"]).Distinct());
        Assert.Single(received.Select(webhook => webhook.Headers["X-M2M-Delivery-Id"]).Distinct());
        Assert.Equal(received[0].Headers["webhook-id"], received[0].Headers["X-M2M-Delivery-Id"]);
        Assert.Single(received.Select(webhook => webhook.Text).Distinct());
        Assert.All(received, webhook => Verify(webhook, partner.Secret));

        var delivery = await DeliveryAsync(partner);
        Assert.Equal(DeliveryStatus.Failed, delivery.Status);
        Assert.Equal([1, 2, 3, 4, 5], delivery.Attempts.Select(attempt => attempt.Number));
        Assert.All(delivery.Attempts, attempt => Assert.Equal(500, attempt.Status));
        Assert.Null(delivery.NextAttemptAt);
    }

    [Fact]
    public async Task A_2xx_at_any_attempt_ends_it()
    {
        foreach (var (status, failures) in new[] { (200, 0), (204, 1), (202, 2), (299, 4) })
        {
            var inbox = await app.NewInboxAsync();
            inbox.Answer = (_, http) =>
            {
                http.Response.StatusCode = inbox.Received.Count <= failures ? 503 : status;
                return Task.CompletedTask;
            };
            var partner = await app.NewPartnerAsync(inbox);
            await partner.CreateLinkAsync(expiresInMinutes: 10080);
            await app.AdvanceAsync(TimeSpan.FromHours(4));
            Assert.Equal(failures + 1, inbox.Received.Count);
            Assert.Equal(DeliveryStatus.Delivered, (await DeliveryAsync(partner)).Status);
        }
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(304)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_a_failure_and_is_not_followed(int status)
    {
        var inbox = await app.NewInboxAsync();
        var elsewhere = await app.NewInboxAsync();
        inbox.Answer = (_, http) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = elsewhere.Url;
            return Task.CompletedTask;
        };
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));
        Assert.Equal(2, inbox.Received.Count);
        Assert.Empty(elsewhere.Received);
        Assert.Equal(status, (await DeliveryAsync(partner)).Attempts[0].Status);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Everything_but_2xx_and_410_is_tried_again(int status)
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(status);
        await (await app.NewPartnerAsync(inbox)).CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));
        Assert.Equal(2, inbox.Received.Count);
    }

    [Fact]
    public async Task An_answer_that_takes_longer_than_30_seconds_is_a_failure()
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (_, http) =>
            inbox.Received.Count == 1 ? Task.Delay(Timeout.Infinite, http.RequestAborted) : Task.CompletedTask;
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await inbox.WaitForAsync(1);
        await app.Clock.AdvanceAsync(TimeSpan.FromSeconds(31), TestContext.Current.CancellationToken);
        await app.IdleAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));

        Assert.Equal(2, inbox.Received.Count);
        var delivery = await DeliveryAsync(partner);
        Assert.Equal(DeliveryStatus.Delivered, delivery.Status);
        Assert.Null(delivery.Attempts[0].Status);
        Assert.Contains("30 s", delivery.Attempts[0].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_is_not_there_is_a_failure_and_is_tried_again()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = "http://127.0.0.1:9/hook", events = new[] { "link.created" } }
            )
        ).Is(200);
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));
        var delivery = await DeliveryAsync(partner);
        Assert.Equal(2, delivery.Attempts.Count);
        Assert.All(
            delivery.Attempts,
            attempt => Assert.Equal((null, "the connection was refused or broke"), (attempt.Status, attempt.Error))
        );
    }

    [Fact]
    public async Task Of_an_answer_the_first_kilobyte_is_kept()
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = async (_, http) =>
        {
            http.Response.StatusCode = 500;
            await http.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(new string('a', 200_000)));
        };
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(new string('a', 1024), Assert.Single((await DeliveryAsync(partner)).Attempts).Answer);
    }

    [Fact]
    public async Task What_was_taken_is_recorded_also_where_a_failed_attempt_beside_it_was_recorded_first()
    {
        var inbox = await app.NewInboxAsync();
        var ct = TestContext.Current.CancellationToken;
        var (firstMayFail, secondMayBeTaken) = (new TaskCompletionSource(), new TaskCompletionSource());
        var calls = 0;
        inbox.Answer = async (_, http) =>
        {
            var isFirst = Interlocked.Increment(ref calls) == 1;
            await (isFirst ? firstMayFail : secondMayBeTaken).Task;
            http.Response.StatusCode = isFirst ? 503 : 200;
        };
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await inbox.WaitForAsync(1);
        // A crash between the sending of the second message and the record of the first attempt leaves both.
        var delivery = await RecordAsync(partner);
        await app.Service<AppQueues>()
            .Webhooks.SendAsync(
                new DeliveryTask(partner.Id, delivery.Id.Text, Attempt: 2),
                $"{delivery.WebhookId}:2",
                due: null,
                ct
            );
        await inbox.WaitForAsync(2);
        firstMayFail.SetResult();
        while ((await RecordAsync(partner)).Attempts.Count == 0)
            await Task.Delay(5, ct);
        secondMayBeTaken.SetResult();
        await app.IdleAsync();
        delivery = await RecordAsync(partner);
        Assert.Equal((DeliveryStatus.Delivered, null), (delivery.Status, delivery.NextAttemptAt));
        Assert.Equal([503, 200], delivery.Attempts.Select(attempt => attempt.Status));
    }

    [Fact]
    public async Task The_schedule_survives_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-");
        try
        {
            await using var own = await TestApp.StartAsync(("Local:DataFolder", folder.FullName));
            var inbox = await own.NewInboxAsync();
            inbox.AnswerWith(500);
            await (await own.NewPartnerAsync(inbox)).CreateLinkAsync(expiresInMinutes: 10080);
            await own.AdvanceAsync(TimeSpan.FromSeconds(67));
            Assert.Equal(2, inbox.Received.Count);
            await own.RestartAsync();
            await own.AdvanceAsync(TimeSpan.FromMinutes(6));
            Assert.Equal(3, inbox.Received.Count);
            await own.RestartAsync();
            await own.AdvanceAsync(TimeSpan.FromHours(10));

            Assert.Equal(5, inbox.Received.Count);
            Schedule.AssertFollowed(inbox.Received);
            Assert.Single(inbox.Received.Select(webhook => webhook.Headers["webhook-id"]).Distinct());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_moment_of_the_next_attempt_is_recorded_with_its_jitter()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(expiresInMinutes: 10080);
        var delivery = await DeliveryAsync(partner);
        var due =
            Assert.Single(delivery.Attempts).At
            + RetrySchedule.DelayAfter(1, RetrySchedule.JitterAfter(delivery.WebhookId, 1));
        Assert.InRange((delivery.NextAttemptAt!.Value - due!.Value).TotalMilliseconds, -1, 1);
    }

    private async Task<Delivery> DeliveryAsync(TestPartner partner)
    {
        await app.IdleAsync();
        return await RecordAsync(partner);
    }

    /// <summary>As it stands, whatever is under way.</summary>
    private async Task<Delivery> RecordAsync(TestPartner partner)
    {
        var row = Assert.Single(
            await app.RowsAsync("Deliveries", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        Assert.True(
            Serverless.Functions.Ids.Ulid.TryParse(Serverless.Functions.Ids.Ulid.Invert(row.RowKey), out var id)
        );
        return Delivery.FromRow(row, Serverless.Functions.Ids.PartnerId.FromStorage(partner.Id), id);
    }

    /// <summary>As a receiver would, with both families of headers.</summary>
    private static void Verify(Webhook webhook, string secret)
    {
        Assert.True(
            DateTimeOffset.FromUnixTimeSeconds(
                long.Parse(webhook.Headers["X-M2M-Timestamp"], System.Globalization.CultureInfo.InvariantCulture)
            ) > DateTimeOffset.UtcNow.AddMinutes(-5)
        );
        Assert.Equal(webhook.Headers["X-M2M-Timestamp"], webhook.Headers["webhook-timestamp"]);
        Assert.Matches(new Regex("^sha256=[0-9a-f]{64}$"), webhook.Headers["X-M2M-Signature"]);
        Assert.Equal(
            Expected.M2m(secret, webhook.Headers["X-M2M-Timestamp"], webhook.Body),
            webhook.Headers["X-M2M-Signature"]
        );
        Assert.Equal(
            Expected.Standard(
                secret,
                webhook.Headers["webhook-id"],
                webhook.Headers["webhook-timestamp"],
                webhook.Body
            ),
            webhook.Headers["webhook-signature"]
        );
    }
}
