using Xunit;

namespace Serverless.Tests.RateLimits;

/// <summary>
/// 120 calls a minute of a partner in the sandbox, 500 of a source address in
/// production.
/// </summary>
public sealed class IdentityLimitTests
{
    private const string Somewhere = "/eapi/v0/nowhere";

    [Fact]
    public async Task In_the_sandbox_a_partner_has_120_calls_a_minute()
    {
        await using var app = await TestApp.StartAsync();
        var (partner, other) = ((await app.NewPartnerAsync()).Identity, (await app.NewPartnerAsync()).Identity);
        // What is not authenticated does not count.
        for (var i = 0; i < 30; i++)
            (await partner.GetAsync(Somewhere, new() { Secret = "forged" })).Is(401, "40103");
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 150)
                .Select(i =>
                    i % 2 == 0 ? partner.GetAsync($"{Somewhere}/{i}") : partner.PostAsync(Somewhere, new { i })
                )
        );
        Assert.Equal(120, replies.Count(reply => reply.Status == 404));
        Assert.All(
            replies.Where(reply => reply.Status != 404),
            reply => Assert.InRange(reply.Is(429, "TooManyRequests").Number("Retry-After"), 1, 60)
        );
        (await other.GetAsync(Somewhere)).Is(404);

        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        (await partner.GetAsync(Somewhere)).Is(404);
    }

    [Fact]
    public async Task In_production_an_address_has_500_calls_a_minute_whoever_calls()
    {
        await using var app = await TestApp.StartAsync(
            ("Partners:Environment", "production"),
            ("PublicBaseUrl", "https://links.example")
        );
        var (one, two) = ((await app.NewPartnerAsync()).Identity, (await app.NewPartnerAsync()).Identity);
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 510)
                .Select(i =>
                    (i % 3) switch
                    {
                        0 => one.GetAsync(Somewhere),
                        1 => two.GetAsync(Somewhere),
                        // Not even with an address of the caller's own invention.
                        _ => app.GetAsync(
                            Somewhere,
                            ("X-Forwarded-For", $"203.0.113.{i % 250}"),
                            ("X-Client-IP", $"203.0.113.{i % 250}")
                        ),
                    }
                )
        );
        Assert.Equal(10, replies.Count(reply => reply.Status == 429));
        Assert.All(
            replies.Where(reply => reply.Status == 429),
            reply => Assert.InRange(reply.Is(429, "TooManyRequests").Number("Retry-After"), 1, 60)
        );
        (await app.GetAsync("/partner/me")).Is(401);

        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        (await one.GetAsync(Somewhere)).Is(404);
        Assert.Contains(await app.RowsAsync("RateLimits"), row => row.PartitionKey == "ip|127.0.0.1");
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.DoesNotContain(
            await app.RowsAsync("RateLimits"),
            row => row.PartitionKey.StartsWith("ip|", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_setting_replaces_the_number()
    {
        await using var app = await TestApp.StartAsync(("Identities:CallsPerMinute", "10"));
        var partner = (await app.NewPartnerAsync()).Identity;
        for (var i = 0; i < 10; i++)
            (await partner.GetAsync(Somewhere)).Is(404);
        (await partner.GetAsync(Somewhere)).Is(429, "TooManyRequests");
    }

    [Fact]
    public async Task Addresses_beyond_number_are_forgotten_once_their_minute_is_over()
    {
        await using var app = await TestApp.StartAsync();
        var limiter = app.Service<Functions.RateLimits.RateLimiter>();
        var limit = new Functions.RateLimits.RateLimit("identities", 500);
        for (var i = 0; i < 20_000; i++)
            await limiter.CountAsync($"ip|{i}", limit, TestContext.Current.CancellationToken);
        Assert.InRange(limiter.Counters, 20_000, 20_010);
        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        await limiter.CountAsync("ip|last", limit, TestContext.Current.CancellationToken);
        Assert.InRange(limiter.Counters, 1, 10);
    }
}
