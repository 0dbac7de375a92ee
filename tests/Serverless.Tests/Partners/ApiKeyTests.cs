using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Functions.Partners;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>API keys: how they look, how they are kept, and who gets past them.</summary>
public sealed class ApiKeyTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Without_a_key_the_answer_is_401_UNAUTHORIZED()
    {
        foreach (var path in new[] { "/partner/links", "/partner/webhooks/endpoint", "/partner/nothing" })
            (await app.GetAsync(path)).Is(401, "UNAUTHORIZED");
        (await app.PostAsync("/partner/links", new { referenceId = "cust-1" })).Is(401, "UNAUTHORIZED");
        (await app.GetAsync("/partner/links", ("X-API-Key", ""))).Is(401, "UNAUTHORIZED");
        (await app.GetAsync("/partner/links", ("Authorization", "Bearer m2m_test_x"))).Is(401, "UNAUTHORIZED");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("m2m_test_")]
    [InlineData("m2m_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("m2m_test_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("m2m_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("m2m_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("' or 1 eq 1 or PartitionKey eq '")]
    public async Task An_unknown_key_is_401_INVALID_API_KEY(string key) =>
        (await app.GetAsync("/partner/links", ("X-API-Key", key))).Is(401, "INVALID_API_KEY");

    [Fact]
    public async Task A_key_of_the_other_environment_is_unknown_here()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Matches("^m2m_test_[a-z0-9]{32}$", partner.Key);
        (
            await app.GetAsync(
                "/partner/links",
                ("X-API-Key", partner.Key.Replace("test", "live", StringComparison.Ordinal))
            )
        ).Is(401, "INVALID_API_KEY");

        await using var production = await TestApp.StartAsync(
            ("Storage:TablePrefix", app.Prefix),
            ("Partners:Environment", "production"),
            ("PublicBaseUrl", "https://links.example")
        );
        (await partner.At(production).GetAsync("/partner/links")).Is(401, "INVALID_API_KEY");
        Assert.Matches("^m2m_live_[a-z0-9]{32}$", (await production.NewPartnerAsync()).Key);
    }

    [Fact]
    public async Task Two_keys_in_one_request_are_none()
    {
        var partner = await app.NewPartnerAsync();
        using var raw = await RawHttp.ConnectAsync(app.Address);
        var reply = await raw.SendAsync(
            Encoding.ASCII.GetBytes(
                $"GET /partner/links HTTP/1.1\r\nHost: a\r\nX-API-Key: {partner.Key}\r\nX-API-Key: {partner.Key}\r\n\r\n"
            )
        );
        Assert.Equal(401, reply.Status);
        Assert.Contains("UNAUTHORIZED", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partner_may_have_several_keys_and_a_revoked_one_stops_at_once()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.GetAsync("/partner/links")).Is(200);
        var issued = (await app.PostAsync($"/operator/partners/{partner.Id}/keys")).Is(201).Data;
        var second = new TestPartner(app, partner.Id, (string)issued["apiKey"]!, partner.Secret)
        {
            Identity = partner.Identity,
        };
        (await second.GetAsync("/partner/links")).Is(200);
        Assert.Equal(second.Key[..15], (string?)issued["keyPrefix"]);

        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{partner.Key[..15]}", null)).Is(
            200
        );

        (await partner.GetAsync("/partner/links")).Is(401, "INVALID_API_KEY");
        (await second.GetAsync("/partner/links")).Is(200);
        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{partner.Key[..15]}", null)).Is(
            404
        );
    }

    [Fact]
    public async Task Another_instance_learns_of_a_revoked_key_and_of_a_suspension_within_five_seconds()
    {
        var partner = await app.NewPartnerAsync();
        var suspended = await app.NewPartnerAsync();
        await using var twin = await app.StartTwinAsync();
        (await partner.At(twin).GetAsync("/partner/links")).Is(200);
        (await suspended.At(twin).GetAsync("/partner/links")).Is(200);
        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{partner.Key[..15]}", null)).Is(
            200
        );
        (await app.PostAsync($"/operator/partners/{suspended.Id}/suspend")).Is(200);
        await twin.AdvanceAsync(PartnerDirectory.Staleness);
        (await partner.At(twin).GetAsync("/partner/links")).Is(401, "INVALID_API_KEY");
        (await suspended.At(twin).GetAsync("/partner/links")).Is(403, "PARTNER_SUSPENDED");
    }

    [Fact]
    public async Task Of_many_calls_at_once_the_key_and_the_partner_are_read_once()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.GetAsync("/partner/me")).Is(200);
        await app.AdvanceAsync(PartnerDirectory.Staleness);
        var before = await CostOfProfilesAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => partner.GetAsync("/partner/me")));
        Assert.All(replies, reply => reply.Is(200));
        // One each, and at most two of the rate limit's.
        Assert.InRange(await CostOfProfilesAsync() - before, 2, 4);
    }

    [Theory]
    [InlineData("m2m_test_")]
    [InlineData("m2m_test_aaaaaa")]
    [InlineData("partner")]
    [InlineData("a%2Fb")]
    public async Task Revoking_a_key_that_never_was_is_404(string prefix)
    {
        var partner = await app.NewPartnerAsync();
        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{prefix}", null)).Is(
            404,
            "RESOURCE_NOT_FOUND"
        );
        (await partner.GetAsync("/partner/links")).Is(200);
    }

    [Fact]
    public async Task A_key_is_stored_as_its_SHA_256_with_the_prefix_to_tell_it_by()
    {
        var partner = await app.NewPartnerAsync();
        var rows = await app.RowsAsync("Partners");
        Assert.Contains(
            rows,
            row =>
                row.PartitionKey
                == "key|" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(partner.Key)))
        );
        Assert.Contains(rows, row => row.PartitionKey == partner.Id && row.RowKey == "key|" + partner.Key[..15]);
        Assert.DoesNotContain(
            rows,
            row =>
                row.Any(column =>
                    column.Value is string text
                    && (
                        text.Contains(partner.Key[15..], StringComparison.Ordinal)
                        || text.Contains(partner.Secret[6..], StringComparison.Ordinal)
                    )
                )
        );
    }

    [Fact]
    public void A_key_never_prints_itself()
    {
        var key = ApiKey.New(PartnerEnvironment.Sandbox);
        Assert.Equal(key.Reveal()[..15] + "…", key.ToString());
        Assert.DoesNotContain(key.Reveal()[15..], $"{key}", StringComparison.Ordinal);
    }

    /// <summary>Storage transactions of all calls of GET /partner/me so far.</summary>
    private async Task<int> CostOfProfilesAsync()
    {
        using var http = new HttpClient();
        var costs = JsonNode.Parse(
            await http.GetStringAsync(new Uri(app.Address, "/local/costs"), TestContext.Current.CancellationToken)
        )!;
        return costs["operations"]!
            .AsArray()
            .Where(operation => (string)operation!["operation"]! == "GetProfile")
            .Sum(operation => (int)operation!["total"]!);
    }
}
