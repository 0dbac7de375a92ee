using Microsoft.AspNetCore.Http;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>A partner tries its endpoint out.</summary>
public sealed class TestEventTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Try = "/partner/webhooks/endpoint/test";

    [Fact]
    public async Task One_signed_event_is_sent_at_once_and_what_came_of_it_is_answered()
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (_, http) => http.Response.WriteAsync(new string('a', 3000));
        var partner = await app.NewPartnerAsync(inbox, events: []);
        var tried = (await partner.PostAsync(Try)).Is(200).Data;
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal(("endpoint.test", partner.Id), (webhook.Event, (string)webhook.Data["partnerId"]!));
        Assert.Equal((string)tried["webhookId"]!, webhook.Headers["webhook-id"]);
        Assert.Equal(
            Expected.Standard(
                partner.Secret,
                webhook.Headers["webhook-id"],
                webhook.Headers["webhook-timestamp"],
                webhook.Body
            ),
            webhook.Headers["webhook-signature"]
        );
        Assert.True((bool)tried["delivered"]!);
        Assert.Equal(200, (int)tried["status"]!);
        Assert.True((long)tried["durationMs"]! >= 0);
        Assert.Equal(new string('a', 1024), (string)tried["answer"]!);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(410)]
    [InlineData(302)]
    public async Task A_failed_test_is_not_tried_again_and_does_not_change_the_endpoint(int status)
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(status);
        var partner = await app.NewPartnerAsync(inbox);
        var tried = (await partner.PostAsync(Try)).Is(200).Data;
        Assert.False((bool)tried["delivered"]!);
        Assert.Equal(status, (int)tried["status"]!);
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Single(inbox.Received);
        Assert.Empty(await app.DeliveriesAsync(partner));
        var shown = (await partner.GetAsync("/partner/webhooks/endpoint")).Data;
        Assert.True((bool)shown["enabled"]!);
        Assert.Equal("healthy", (string)shown["status"]!["state"]!);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_reached_is_said_so()
    {
        var partner = await app.NewPartnerAsync();
        await partner.PutAsync("/partner/webhooks/endpoint", new { url = "http://127.0.0.1:9/hook", enabled = false });
        var tried = (await partner.PostAsync(Try)).Is(200).Data;
        Assert.Equal(
            (false, "the connection was refused or broke"),
            ((bool)tried["delivered"]!, (string)tried["error"]!)
        );
        Assert.Null(tried["status"]);
    }

    [Fact]
    public async Task Without_a_URL_there_is_nothing_to_test() =>
        (await (await app.NewPartnerAsync()).PostAsync(Try)).Is(409, "NO_WEBHOOK_URL");
}
