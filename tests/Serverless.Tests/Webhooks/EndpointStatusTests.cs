using System.Globalization;
using System.Text.Json.Nodes;
using Serverless.Functions.Webhooks.Deliveries;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>What an endpoint's answers do to it: Retry-After, 410, and the state that the partner sees.</summary>
public sealed class EndpointStatusTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData(429, "600", 10)]
    [InlineData(503, "7200", 120)]
    [InlineData(503, "864000", 1440)]
    [InlineData(503, "5", 1)]
    [InlineData(503, "-5", 1)]
    [InlineData(503, "soon", 1)]
    [InlineData(500, "7200", 1)]
    public async Task Retry_After_of_429_and_503_puts_the_next_attempt_off_for_a_day_at_most(
        int status,
        string retryAfter,
        int minutes
    )
    {
        var inbox = await RefusingAsync(status, _ => retryAfter);
        await (await app.NewPartnerAsync(inbox)).CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(30));
        Assert.Equal(minutes, (int)Math.Round((inbox.Received[1].At - inbox.Received[0].At).TotalMinutes));
    }

    [Fact]
    public async Task Retry_After_may_be_a_date_by_the_receiver_s_clock()
    {
        var inbox = await RefusingAsync(
            503,
            http =>
            {
                var wrong = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
                http.Response.Headers.Date = wrong.ToString("R", CultureInfo.InvariantCulture);
                return wrong.AddMinutes(45).ToString("R", CultureInfo.InvariantCulture);
            }
        );
        await (await app.NewPartnerAsync(inbox)).CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(45, (int)Math.Round((inbox.Received[1].At - inbox.Received[0].At).TotalMinutes));
    }

    [Fact]
    public async Task An_endpoint_that_answers_410_is_turned_off_until_it_is_put_again()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        inbox.AnswerWith(410);
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        // The event that waited for its second attempt is not sent to an endpoint that is off.
        Assert.Equal(2, inbox.Received.Count);
        Assert.All(
            await app.DeliveriesAsync(partner),
            delivery => Assert.Equal((DeliveryStatus.Failed, null), (delivery.Status, delivery.NextAttemptAt))
        );
        var shown = (await partner.GetAsync("/partner/webhooks/endpoint")).Is(200).Data;
        Assert.False((bool)shown["enabled"]!);
        Assert.Equal(
            ("disabled", "the endpoint answered 410"),
            ((string)shown["status"]!["state"]!, (string)shown["status"]!["reason"]!)
        );
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(2, inbox.Received.Count);

        inbox.AnswerWith(200);
        var put = (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new
                {
                    url = inbox.Url,
                    events = new[] { "link.created" },
                    enabled = true,
                }
            )
        ).Is(200).Data;
        Assert.Equal("""{"state":"healthy"}""", put["status"]!.ToJsonString());
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(3, inbox.Received.Count);
    }

    [Fact]
    public async Task A_callback_URL_that_answers_410_ends_that_delivery_and_leaves_the_endpoint_alone()
    {
        var own = await app.NewInboxAsync();
        var callback = await app.NewInboxAsync();
        callback.AnswerWith(410);
        var partner = await app.NewPartnerAsync(own);
        await partner.CreateLinkAsync(callback: callback);
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Single(callback.Received);
        Assert.Equal("healthy", (string)(await StatusAsync(partner))["state"]!);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Single(own.Received);
    }

    [Fact]
    public async Task An_endpoint_is_failing_since_its_first_failure_and_healthy_since_its_next_success_and_only_changes_are_written()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var untouched = await VersionAsync(partner);
        await DeliverAsync(partner, inbox, 200);
        Assert.Equal(untouched, await VersionAsync(partner));

        await DeliverAsync(partner, inbox, 500);
        var failing = await StatusAsync(partner);
        Assert.Equal(("failing", "the endpoint answered 500"), ((string)failing["state"]!, (string)failing["reason"]!));
        var written = await VersionAsync(partner);
        await DeliverAsync(partner, inbox, 503);
        Assert.Equal(failing.ToJsonString(), (await StatusAsync(partner)).ToJsonString());
        Assert.Equal(written, await VersionAsync(partner));

        await DeliverAsync(partner, inbox, 204);
        var healthy = await StatusAsync(partner);
        Assert.Equal("healthy", (string)healthy["state"]!);
        Assert.Null(healthy["reason"]);
        Assert.True(string.CompareOrdinal((string)failing["since"]!, (string)healthy["since"]!) < 0);
    }

    private async Task DeliverAsync(TestPartner partner, Inbox inbox, int status)
    {
        inbox.AnswerWith(status);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        await app.Clock.AdvanceAsync(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
    }

    private async Task<Inbox> RefusingAsync(int status, Func<Microsoft.AspNetCore.Http.HttpContext, string> retryAfter)
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (_, http) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = retryAfter(http);
            return Task.CompletedTask;
        };
        return inbox;
    }

    private async Task<string> VersionAsync(TestPartner partner) =>
        Assert
            .Single(await app.RowsAsync("Partners", $"PartitionKey eq '{partner.Id}' and RowKey eq 'partner'"))
            .ETag.ToString();

    private static async Task<JsonNode> StatusAsync(TestPartner partner) =>
        (await partner.GetAsync("/partner/webhooks/endpoint")).Is(200).Data["status"]!;
}
