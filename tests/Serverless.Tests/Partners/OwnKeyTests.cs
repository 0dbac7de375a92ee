using System.Diagnostics;
using System.Text.Json.Nodes;
using Azure;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>Keys that a partner lists, issues and revokes itself, and when they were last used.</summary>
public sealed class OwnKeyTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Keys = "/partner/keys";
    private const string IdentityKeys = "/partner/identity-keys";
    private const string Somewhere = "/eapi/v0/nowhere";

    [Fact]
    public async Task A_list_shows_of_a_key_what_is_no_secret()
    {
        var partner = await app.NewPartnerAsync();
        var shown = (await partner.GetAsync(Keys)).Is(200);
        var key = Assert.Single(shown.Data["items"]!.AsArray())!;
        Assert.Equal((partner.Key[..15], true), ((string)key["keyPrefix"]!, (bool)key["current"]!));
        Assert.DoesNotContain(partner.Key, shown.Text, StringComparison.Ordinal);

        var signing = (await partner.GetAsync(IdentityKeys)).Is(200);
        Assert.Equal(partner.Identity.Key, (string)Assert.Single(signing.Data["items"]!.AsArray())!["identityApiKey"]!);
        Assert.DoesNotContain(partner.Identity.Secret, signing.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_key_works_at_once_has_its_name_and_stops_at_once_when_it_is_revoked()
    {
        var partner = await app.NewPartnerAsync();
        var issued = (await partner.PostAsync(Keys, new { name = "checkout server" })).Is(201).Data;
        var second = With(partner, (string)issued["apiKey"]!);
        var items = (await second.GetAsync(Keys)).Is(200).Data["items"]!.AsArray();
        Assert.Equal(
            [(second.Key[..15], "checkout server", true), (partner.Key[..15], null, false)],
            items.Select(key => ((string)key!["keyPrefix"]!, (string?)key["name"], (bool)key["current"]!))
        );

        (await DeleteAsync(second, $"{Keys}/{partner.Key[..15]}")).Is(200);
        (await partner.GetAsync(Keys)).Is(401, "INVALID_API_KEY");
        Assert.Single((await second.GetAsync(Keys)).Is(200).Data["items"]!.AsArray());
    }

    [Fact]
    public async Task A_key_does_not_revoke_itself_so_the_last_one_stays()
    {
        var partner = await app.NewPartnerAsync();
        (await DeleteAsync(partner, $"{Keys}/{partner.Key[..15]}")).Is(409, "KEY_IN_USE");
        (await partner.GetAsync(Keys)).Is(200);
    }

    [Fact]
    public async Task Another_partners_key_is_not_there()
    {
        var (partner, other) = (await app.NewPartnerAsync(), await app.NewPartnerAsync());
        (await DeleteAsync(partner, $"{Keys}/{other.Key[..15]}")).Is(404, "RESOURCE_NOT_FOUND");
        (await DeleteAsync(partner, $"{IdentityKeys}/{other.Identity.Key}")).Is(404, "RESOURCE_NOT_FOUND");
        foreach (var nonsense in new[] { "x", "m2m_live_aaaaaa", "key%7Cx" })
        {
            (await DeleteAsync(partner, $"{Keys}/{nonsense}")).Is(404);
            (await DeleteAsync(partner, $"{IdentityKeys}/{nonsense}")).Is(404);
        }
        (await other.GetAsync(Keys)).Is(200);
        (await other.Identity.GetAsync(Somewhere)).Is(404);
    }

    [Theory]
    [InlineData(Keys, "apiKey", "keyPrefix")]
    [InlineData(IdentityKeys, "identityApiSecret", "identityApiKey")]
    public async Task The_same_request_with_its_Idempotency_Key_gets_the_same_key_and_does_not_bring_it_back(
        string route,
        string secret,
        string name
    )
    {
        var partner = await app.NewPartnerAsync();
        Task<Reply> IssueAsync(object body) =>
            partner.SendAsync(HttpMethod.Post, route, body, ("Idempotency-Key", "once"));
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => IssueAsync(new { name = "one" })));
        var issued = replies[0].Is(201).Data;
        Assert.All(replies, reply => Assert.Equal((string)issued[secret]!, (string)reply.Is(201).Data[secret]!));
        Assert.Equal(2, (await partner.GetAsync(route)).Data["items"]!.AsArray().Count);
        (await IssueAsync(new { name = "two" })).Is(409, "IDEMPOTENCY_KEY_REUSED");

        (await DeleteAsync(partner, $"{route}/{issued[name]}")).Is(200);
        (await IssueAsync(new { name = "one" })).Is(404);
        Assert.Single((await partner.GetAsync(route)).Data["items"]!.AsArray());
    }

    [Theory]
    [InlineData(Keys)]
    [InlineData(IdentityKeys)]
    public async Task There_are_20_keys_at_most_and_names_have_60_characters_at_most(string route)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.PostAsync(route, new { name = new string('n', 61) })).Is(400, "INVALID_REQUEST");
        (await partner.PostAsync(route, new { name = 5 })).Is(400, "INVALID_REQUEST");
        for (var count = 1; count < 20; count++)
            (await partner.PostAsync(route, new { name = new string('ñ', 60) })).Is(201);
        (await partner.PostAsync(route)).Is(409, "TOO_MANY_KEYS");
        Assert.Equal(20, (await partner.GetAsync(route)).Data["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_operator_may_name_a_key_and_the_partner_sees_it()
    {
        var partner = await app.NewPartnerAsync();
        var issued = await app.PostAsync($"/operator/partners/{partner.Id}/keys", new { name = "from the desk" });
        Assert.Equal("from the desk", (string)issued.Is(201).Data["name"]!);
        (await app.PostAsync($"/operator/partners/{partner.Id}/identity-keys", new { name = "desk, too" })).Is(201);
        Assert.Contains(
            "from the desk",
            (await partner.GetAsync(Keys)).Data["items"]!.AsArray().Select(key => (string?)key!["name"])
        );
        Assert.Equal("desk, too", (string)(await partner.GetAsync(IdentityKeys)).Data["items"]![0]!["name"]!);
        (await app.PostAsync($"/operator/partners/{partner.Id}/keys", new { name = "" })).Is(400);
    }

    [Fact]
    public async Task The_last_use_of_a_key_is_written_once_an_hour_whatever_is_called_on_two_instances()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync();
        var used = one.Clock.GetUtcNow();
        await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? partner : partner.At(twin)).GetAsync("/partner/me"))
        );
        var key = await UsedAsync(partner, Keys, after: null);
        Assert.InRange(DateTimeOffset.Parse((string)key["lastUsedAt"]!, null), used.AddSeconds(-1), used.AddMinutes(1));
        var written = await VersionAsync(one, partner);

        await one.AdvanceAsync(TimeSpan.FromMinutes(58));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => partner.GetAsync("/partner/me")));
        Assert.Equal(written, await VersionAsync(one, partner));

        await one.AdvanceAsync(TimeSpan.FromMinutes(3));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => partner.GetAsync("/partner/me")));
        var later = await UsedAsync(partner, Keys, (string)key["lastUsedAt"]!);
        Assert.True(DateTimeOffset.Parse((string)later["lastUsedAt"]!, null) > used.AddHours(1));
    }

    [Fact]
    public async Task A_key_of_the_identity_API_is_used_by_who_signs_with_its_secret_alone()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.GetAsync(Somewhere, new Signing { Secret = "sk_test_wrong" })).Is(401);
        Assert.Null((await partner.GetAsync(IdentityKeys)).Data["items"]![0]!["lastUsedAt"]);
        (await partner.Identity.GetAsync(Somewhere)).Is(404);
        await UsedAsync(partner, IdentityKeys, after: null);
    }

    /// <summary>The partner's first key once its use is noted, which is beside the request.</summary>
    private static async Task<JsonNode> UsedAsync(TestPartner partner, string route, string? after)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var key = (await partner.GetAsync(route)).Is(200).Data["items"]![0]!;
            if (key["lastUsedAt"] is { } used && (string?)used != after)
                return key;
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
                throw new TimeoutException("The use of the key was not noted.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The version of the row by which the partner's key authenticates.</summary>
    private static async Task<ETag> VersionAsync(TestApp app, TestPartner partner) =>
        Assert
            .Single(
                await app.RowsAsync("Partners", $"PartnerId eq '{partner.Id}'"),
                row => row.PartitionKey.StartsWith("key|", StringComparison.Ordinal)
            )
            .ETag;

    private static TestPartner With(TestPartner partner, string key) =>
        new(partner.App, partner.Id, key, partner.Secret) { Identity = partner.Identity };

    private static Task<Reply> DeleteAsync(TestPartner partner, string path) =>
        partner.SendAsync(HttpMethod.Delete, path, null);
}
