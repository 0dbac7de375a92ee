using System.Reflection;
using Serverless.Functions.Links;
using Serverless.Functions.RateLimits;
using Xunit;

namespace Serverless.Tests.RateLimits;

/// <summary>100 creations a minute, 1,000 of every other call.</summary>
public sealed class RateLimitTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly RateLimit Creations = typeof(CreateLink)
        .GetMethod(nameof(CreateLink.Run))!
        .GetCustomAttribute<CallLimitAttribute>()!
        .Limit;

    [Fact]
    public async Task Of_150_creations_at_once_100_are_admitted_and_the_window_ends_after_a_minute()
    {
        var partner = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 150).Select(_ => partner.PostLinkAsync(new { referenceId = "cust-1" }))
        );

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(99, replies.Count(reply => reply.Status == 409));
        var refused = replies.Where(reply => reply.Status == 429).ToList();
        Assert.Equal(50, refused.Count);
        Assert.All(
            refused,
            reply =>
            {
                reply.Is(429, "RATE_LIMIT_EXCEEDED");
                Assert.InRange(reply.Number("Retry-After"), 1, 60);
                Assert.Equal((100, 0), (reply.Number("X-RateLimit-Limit"), reply.Number("X-RateLimit-Remaining")));
            }
        );
        await other.CreateLinkAsync();
        (await partner.GetAsync("/partner/links")).Is(200);

        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(
            99,
            (await partner.PostLinkAsync(new { referenceId = "cust-2" })).Is(201).Number("X-RateLimit-Remaining")
        );
    }

    [Fact]
    public async Task Every_answer_says_what_is_left_and_until_when()
    {
        var partner = await app.NewPartnerAsync();
        var before = app.Clock.GetUtcNow().ToUnixTimeSeconds();
        for (var left = 99; left > 80; left--)
        {
            var reply = await partner.PostLinkAsync(new { referenceId = "a b" });
            Assert.Equal(
                (100, left),
                (reply.Is(400).Number("X-RateLimit-Limit"), reply.Number("X-RateLimit-Remaining"))
            );
            Assert.InRange(
                reply.Number("X-RateLimit-Reset"),
                before + 59,
                app.Clock.GetUtcNow().ToUnixTimeSeconds() + 61
            );
            Assert.Null(reply["Retry-After"]);
        }
        var list = await partner.GetAsync("/partner/links");
        Assert.Equal((1000, 999), (list.Number("X-RateLimit-Limit"), list.Number("X-RateLimit-Remaining")));
        Assert.Equal(998, (await partner.GetAsync("/partner/nothing")).Is(404).Number("X-RateLimit-Remaining"));
    }

    [Fact]
    public async Task Calls_without_a_partner_have_no_limit_headers() =>
        Assert.Null((await app.GetAsync("/partner/links")).Is(401)["X-RateLimit-Limit"]);

    [Fact]
    public async Task Of_1100_other_calls_1000_are_admitted()
    {
        var partner = await app.NewPartnerAsync();
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 1100).Select(_ => partner.GetAsync("/partner/webhooks/endpoint"))
        );
        Assert.Equal(1000, replies.Count(reply => reply.Status == 200));
        Assert.Equal(100, replies.Count(reply => reply.Status == 429));
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(201);
    }

    [Fact]
    public async Task Two_instances_together_stay_within_the_stated_bound()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync();
        var there = partner.At(twin);
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 240)
                .Select(i => (i % 2 == 0 ? partner : there).PostLinkAsync(new { referenceId = "a b" }))
        );
        var admitted = replies.Count(reply => reply.Status == 400);
        Assert.Equal(240, admitted + replies.Count(reply => reply.Status == 429));
        Assert.InRange(admitted, Creations.Limit, Creations.Limit + Creations.Stride);
    }

    [Fact]
    public async Task The_count_is_shared_so_that_an_instance_that_starts_later_knows_of_it()
    {
        await using var one = await TestApp.StartAsync();
        var partner = await one.NewPartnerAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => partner.PostLinkAsync(new { referenceId = "a b" })));
        await using var twin = await one.StartTwinAsync();
        var there = partner.At(twin);
        var replies = new List<Reply>();
        for (var i = 0; i < Creations.Stride + 5; i++)
            replies.Add(await there.PostLinkAsync(new { referenceId = "a b" }));
        Assert.InRange(replies.Count(reply => reply.Status == 400), 0, Creations.Stride);
        Assert.Equal(429, replies[^1].Status);
    }
}
