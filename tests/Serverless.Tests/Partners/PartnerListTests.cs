using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>What an operator sees of partners.</summary>
public sealed class PartnerListTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Partners_are_listed_by_id_past_the_keys_that_stand_between_them_in_pages_and_by_status()
    {
        await using var alone = await TestApp.StartAsync();
        // Beside, between and after the names of the partitions of keys.
        string[] ids =
        [
            "ana",
            "identity-jey",
            "identity-key",
            "identity-key2",
            "identity-l",
            "kex",
            "key",
            "key-a",
            "kez",
            "zoe",
        ];
        foreach (var id in ids.Reverse())
            (await alone.PostAsync("/operator/partners", new { partnerId = id, name = $"Partner {id}" })).Is(201);
        Assert.Equal(ids, Ids(await PageAsync("limit=100")));

        var seen = new List<string>();
        for (var query = "limit=3"; ; )
        {
            var page = await PageAsync(query);
            seen.AddRange(Ids(page));
            if (page["pagination"]!["nextCursor"] is not { } next)
                break;
            query = $"limit=3&cursor={(string)next!}";
        }
        Assert.Equal(ids, seen);
        Assert.Equal(["identity-key2", "identity-l", "kex"], Ids(await PageAsync("limit=3&page=2")));

        (await alone.PostAsync("/operator/partners/kex/suspend")).Is(200);
        var suspended = await PageAsync("status=suspended");
        Assert.Equal(["kex"], Ids(suspended));
        Assert.Equal("suspended", (string)suspended["items"]![0]!["status"]!);
        Assert.Equal(ids.Length - 1, (int)(await PageAsync("status=active"))["pagination"]!["total"]!);

        async Task<JsonNode> PageAsync(string query) =>
            (await alone.GetAsync($"/operator/partners?{query}")).Is(200).Data;
        static string[] Ids(JsonNode page) => [.. page["items"]!.AsArray().Select(item => (string)item!["partnerId"]!)];
    }

    [Fact]
    public async Task A_partner_is_shown_with_its_settings_its_endpoint_and_its_keys_and_no_secret()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { theme = "dark", otpEnabled = true });
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var issued = (await app.PostAsync($"/operator/partners/{partner.Id}/keys")).Is(201).Data;
        var reply = (await app.GetAsync($"/operator/partners/{partner.Id}")).Is(200);
        var shown = reply.Data;
        Assert.Equal("A partner", (string)shown["name"]!);
        Assert.Equal("dark", (string)shown["settings"]!["theme"]!);
        Assert.True((bool)shown["settings"]!["otpEnabled"]!);
        Assert.Equal(inbox.Url, (string)shown["endpoint"]!["url"]!);
        Assert.Equal("healthy", (string)shown["endpoint"]!["status"]!["state"]!);
        var keys = shown["keys"]!.AsArray();
        Assert.Equal([(string)issued["keyPrefix"]!, partner.Key[..15]], keys.Select(key => (string)key!["keyPrefix"]!));
        Assert.StartsWith("pk_test_", (string)shown["identityKeys"]![0]!["identityApiKey"]!, StringComparison.Ordinal);
        foreach (var secret in new[] { partner.Key, partner.Secret, "sk_test_", (string)issued["apiKey"]! })
            Assert.DoesNotContain(secret, reply.Text, StringComparison.Ordinal);

        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{partner.Key[..15]}", null)).Is(
            200
        );
        (await app.PostAsync($"/operator/partners/{partner.Id}/suspend")).Is(200);
        shown = (await app.GetAsync($"/operator/partners/{partner.Id}")).Is(200).Data;
        Assert.Single(shown["keys"]!.AsArray());
        Assert.Equal("suspended", (string)shown["status"]!);
    }

    [Theory]
    [InlineData("/operator/partners/nobody")]
    [InlineData("/operator/partners/KEY")]
    public async Task Nobody_else_is_shown_or_changed(string path)
    {
        (await app.GetAsync(path)).Is(404);
        (await app.SendAsync(HttpMethod.Patch, path, """{"settings":{"reliance":true}}""")).Is(404);
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        await app.NewPartnerAsync();
        await app.NewPartnerAsync();
        var next = (string)
            (await app.GetAsync("/operator/partners?limit=1")).Is(200).Data["pagination"]!["nextCursor"]!;
        (await app.GetAsync($"/operator/audit?cursor={next}")).Is(400);
    }
}
