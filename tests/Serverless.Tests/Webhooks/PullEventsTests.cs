using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>A partner that was down pulls what it missed.</summary>
public sealed class PullEventsTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_pulled_event_has_the_bytes_and_headers_of_its_webhook_freshly_signed()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(metadata: new { order = "Ñ-1" });
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));

        var item = Assert.Single(await PullAsync(partner))!;
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal(webhook.Text, (string?)item["body"]);
        Assert.Equal((webhook.Headers["webhook-id"], "link.created"), ((string)item["id"]!, (string)item["event"]!));
        var headers = item["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!);
        foreach (var name in new[] { "webhook-id", "X-M2M-Event", "X-M2M-Delivery-Id" })
            Assert.Equal(webhook.Headers[name], headers[name]);
        var body = Encoding.UTF8.GetBytes((string)item["body"]!);
        Assert.Equal(Expected.M2m(partner.Secret, headers["X-M2M-Timestamp"], body), headers["X-M2M-Signature"]);
        Assert.Equal(
            Expected.Standard(partner.Secret, headers["webhook-id"], headers["webhook-timestamp"], body),
            headers["webhook-signature"]
        );
    }

    [Fact]
    public async Task A_partner_that_was_down_pulls_everything_once_in_order_of_the_ids_over_days()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox);
        var links = new List<string>();
        for (var day = 0; day < 3; day++)
        {
            for (var i = 0; i < 4; i++)
                links.Add((await partner.CreateLinkAsync(expiresInMinutes: 30)).Id);
            await app.AdvanceAsync(TimeSpan.FromHours(50));
        }

        var pulled = new List<JsonNode>();
        var (after, more) = ("", true);
        while (more)
        {
            var page = (await partner.GetAsync($"/partner/events?limit=3{after}")).Is(200).Data;
            pulled.AddRange(page["items"]!.AsArray().OfType<JsonNode>());
            (after, more) = ($"&after={page["next"]}", (bool)page["hasMore"]!);
        }
        var ids = pulled.Select(item => (string)item["id"]!).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(
            links.Order(),
            pulled.Select(item => (string)JsonNode.Parse((string)item["body"]!)!["data"]!["linkId"]!).Order()
        );
        Assert.Empty((await partner.GetAsync($"/partner/events?limit=3{after}")).Is(200).Data["items"]!.AsArray());

        // What happens later stands behind the same place.
        var later = await partner.CreateLinkAsync();
        Assert.Empty((await partner.GetAsync($"/partner/events?limit=3{after}")).Is(200).Data["items"]!.AsArray());
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Contains(
            later.Id,
            (string)
                Assert.Single(
                    (await partner.GetAsync($"/partner/events?limit=3{after}")).Is(200).Data["items"]!.AsArray()
                )!["body"]!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_partner_sees_its_own_events_only_and_a_place_that_makes_no_sense_is_refused()
    {
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Empty(await PullAsync(await app.NewPartnerAsync(await app.NewInboxAsync())));
        foreach (
            var bad in new[]
            {
                "after=x",
                "after=evt_",
                "after=evt_7zzzzzzzzzzzzzzzzzzzzzzzzz",
                "after=evt_01JT0000000000000000000000",
                "limit=101",
            }
        )
            Assert.Equal(
                [bad.Split('=')[0]],
                (await partner.GetAsync($"/partner/events?{bad}")).Is(400, "INVALID_REQUEST").Fields
            );
        Assert.Single(await PullAsync(partner, "?after=evt_00000000000000000000000000"));
    }

    private static async Task<JsonArray> PullAsync(TestPartner partner, string query = "") =>
        (await partner.GetAsync("/partner/events" + query)).Is(200).Data["items"]!.AsArray();
}
