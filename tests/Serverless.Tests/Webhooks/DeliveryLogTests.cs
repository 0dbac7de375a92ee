using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>The log of deliveries as its partner reads it.</summary>
public sealed class DeliveryLogTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Log = "/partner/webhooks/deliveries";

    [Fact]
    public async Task A_delivery_is_listed_and_shown_with_its_attempts()
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = async (_, http) =>
        {
            http.Response.StatusCode = inbox.Received.Count == 1 ? 500 : 200;
            await http.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(new string('a', 3000)));
        };
        var partner = await app.NewPartnerAsync(inbox);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();

        var item = Assert.Single(await ListAsync(partner))!;
        var webhookId = inbox.Received[0].Headers["webhook-id"];
        Assert.Equal(webhookId, (string?)item["deliveryId"]);
        Assert.Equal(
            ("link.created", link.Id, inbox.Url, "pending", 1, 500),
            (
                (string)item["event"]!,
                (string)item["linkId"]!,
                (string)item["url"]!,
                (string)item["status"]!,
                (int)item["attemptCount"]!,
                (int)item["lastStatus"]!
            )
        );
        Assert.NotNull(item["nextAttemptAt"]);
        Assert.NotNull(item["createdAt"]);
        Assert.Null(item["attempts"]);

        // A minute and its jitter.
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));
        var whole = (await partner.GetAsync($"{Log}/{webhookId}")).Is(200).Data;
        Assert.Equal("delivered", (string?)whole["status"]);
        Assert.Null(whole["nextAttemptAt"]);
        var attempts = whole["attempts"]!.AsArray();
        Assert.Equal(
            [(1, 500), (2, 200)],
            attempts.Select(attempt => ((int)attempt!["number"]!, (int)attempt["status"]!))
        );
        Assert.All(attempts, attempt => Assert.Equal(new string('a', 1024), (string?)attempt!["answer"]));
        Assert.All(attempts, attempt => Assert.True((long)attempt!["durationMs"]! >= 0));
    }

    [Fact]
    public async Task Each_attempt_shows_the_headers_that_were_sent_but_no_signature()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        (await partner.PostAsync("/partner/webhooks/endpoint/rotate-secret")).Is(200);
        inbox.AnswerWith(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(67));

        var shown = (await partner.GetAsync($"{Log}/{inbox.Received[0].Headers["webhook-id"]}")).Is(200);
        var attempts = shown.Data["attempts"]!.AsArray().Select(attempt => Headers(attempt!)).ToList();
        Assert.Equal(["v1,…", "v1,… v1,…"], attempts.Select(headers => headers["webhook-signature"]));
        foreach (var (headers, webhook) in attempts.Zip(inbox.Received))
        {
            Assert.Equal("sha256=…", headers["X-M2M-Signature"]);
            string Without(IEnumerable<KeyValuePair<string, string>> all) =>
                string.Join(
                    '\n',
                    all.Where(header => !header.Key.EndsWith("signature", StringComparison.OrdinalIgnoreCase))
                        .Select(header => $"{header.Key}: {header.Value}")
                        .Order(StringComparer.OrdinalIgnoreCase)
                );
            Assert.Equal(Without(webhook.Headers), Without(headers));
            foreach (
                var signature in webhook
                    .Headers["webhook-signature"]
                    .Split(' ')
                    .Append(webhook.Headers["X-M2M-Signature"])
            )
                Assert.DoesNotContain(signature, shown.Data.ToJsonString(), StringComparison.Ordinal);
        }
        var row = Assert.Single(
            await app.RowsAsync("Deliveries", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        Assert.InRange(row.GetString("Attempts")!.Length, 1, 500);
    }

    [Fact]
    public async Task An_attempt_that_never_left_shows_no_headers_and_those_before_a_replay_elsewhere_keep_their_host()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = "http://127.0.0.1:9/hook" })).Is(200);
        var id = inbox.Received[0].Headers["webhook-id"];
        (await partner.PostAsync($"{Log}/{id}/replay")).Is(202);
        await app.IdleAsync();
        var attempts = (await partner.GetAsync($"{Log}/{id}")).Is(200).Data["attempts"]!.AsArray();
        Assert.Equal(2, attempts.Count);
        Assert.Equal(new Uri(inbox.Url).Authority, Headers(attempts[0]!)["Host"]);
        Assert.Null(attempts[1]!["headers"]);
    }

    [Fact]
    public async Task A_list_goes_back_over_days_newest_first_page_by_page()
    {
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        var links = new List<string>();
        for (var day = 0; day < 3; day++)
        {
            for (var i = 0; i < 3; i++)
                links.Insert(0, (await partner.CreateLinkAsync(expiresInMinutes: 30)).Id);
            await app.AdvanceAsync(TimeSpan.FromHours(50));
        }
        Assert.Equal(links.Order(), (await ListAsync(partner)).Select(LinkOf).Order());

        var pages = new List<JsonNode>();
        string? cursor = null;
        do
        {
            var page = (await partner.GetAsync($"{Log}?limit=2" + (cursor is null ? "" : $"&cursor={cursor}")))
                .Is(200)
                .Data;
            pages.AddRange(page["items"]!.AsArray().OfType<JsonNode>());
            cursor = (string?)page["nextCursor"];
        } while (cursor is not null);
        Assert.Equal(9, pages.Count);
        Assert.Equal(
            pages.Select(item => (string)item["deliveryId"]!).OrderDescending(StringComparer.Ordinal),
            pages.Select(item => (string)item["deliveryId"]!)
        );
        Assert.Equal(links.Order(), pages.Select(LinkOf).Order());
    }

    [Fact]
    public async Task Filters_combine()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created", "link.revoked"]);
        var first = await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.IdleAsync();
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        var then = app.Clock.GetUtcNow();
        inbox.AnswerWith(500);
        await first.RevokeAsync();
        var second = await partner.CreateLinkAsync(expiresInMinutes: 10080);
        await app.AdvanceAsync(TimeSpan.FromHours(4));

        Assert.Equal([first.Id], (await ListAsync(partner, "?status=delivered")).Select(LinkOf));
        Assert.Equal(2, (await ListAsync(partner, "?status=failed")).Count);
        Assert.Empty(await ListAsync(partner, "?status=pending"));
        Assert.Equal([second.Id], (await ListAsync(partner, "?status=failed&event=link.created")).Select(LinkOf));
        Assert.Equal(2, (await ListAsync(partner, $"?linkId={first.Id}")).Count);
        var moment = Uri.EscapeDataString(
            then.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)
        );
        Assert.Equal(2, (await ListAsync(partner, $"?from={moment}")).Count);
        Assert.Equal([first.Id], (await ListAsync(partner, $"?to={moment}")).Select(LinkOf));
        Assert.Equal(3, (await ListAsync(partner, "?from=0001-01-01")).Count);
        Assert.Empty(await ListAsync(partner, "?to=1970-01-01"));
    }

    [Fact]
    public async Task A_cursor_or_a_filter_that_makes_no_sense_is_refused_and_a_foreign_delivery_is_unknown()
    {
        var (mine, other) = (
            await app.NewPartnerAsync(await app.NewInboxAsync()),
            await app.NewPartnerAsync(await app.NewInboxAsync())
        );
        for (var i = 0; i < 2; i++)
            await mine.CreateLinkAsync();
        await app.IdleAsync();
        var page = (await mine.GetAsync($"{Log}?limit=1")).Is(200).Data;
        (await other.GetAsync($"{Log}?cursor={page["nextCursor"]}")).Is(400);
        foreach (
            var bad in new[]
            {
                "cursor=x",
                "cursor=%00",
                "cursor=eHh4",
                "status=done",
                "event=nothing",
                "linkId=1",
                "replayId=1",
                "from=yesterday",
                "limit=101",
                "limit=0",
            }
        )
            Assert.Equal([bad.Split('=')[0]], (await mine.GetAsync($"{Log}?{bad}")).Is(400, "INVALID_REQUEST").Fields);

        var id = (string)page["items"]![0]!["deliveryId"]!;
        (await mine.GetAsync($"{Log}/{id}")).Is(200);
        (await other.GetAsync($"{Log}/{id}")).Is(404);
        (await mine.GetAsync($"{Log}/evt_nonsense")).Is(404);
        Assert.Empty(await ListAsync(other));
    }

    private static async Task<JsonArray> ListAsync(TestPartner partner, string query = "") =>
        (await partner.GetAsync(Log + query)).Is(200).Data["items"]!.AsArray();

    private static Dictionary<string, string> Headers(JsonNode attempt) =>
        attempt["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!);

    private static string LinkOf(JsonNode? item) => (string)item!["linkId"]!;
}
