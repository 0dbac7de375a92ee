using System.Globalization;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>
/// A range has both its ends: a date as its end is the whole day, and one that ends before it begins is an error.
/// </summary>
public sealed class DateRangeTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("/partner/links")]
    [InlineData("/partner/webhooks/deliveries")]
    public async Task A_day_from_itself_to_itself_is_that_day(string list)
    {
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        var day = link.CreatedAt.UtcDateTime;
        Assert.Single(await ItemsAsync(partner, $"{list}?from={Date(day)}&to={Date(day)}"));
        Assert.Single(await ItemsAsync(partner, $"{list}?to={Date(day)}"));
        Assert.Empty(await ItemsAsync(partner, $"{list}?from={Date(day.AddDays(-2))}&to={Date(day.AddDays(-1))}"));
        // A moment is that moment.
        Assert.Empty(await ItemsAsync(partner, $"{list}?from={Date(day)}&to={Date(day)}T00:00:00Z"));
    }

    [Theory]
    [InlineData("/partner/links")]
    [InlineData("/partner/operations")]
    [InlineData("/partner/webhooks/deliveries")]
    public async Task A_range_that_ends_before_it_begins_is_an_error(string list)
    {
        var partner = await app.NewPartnerAsync();
        var reply = (await partner.GetAsync($"{list}?from=2026-05-05&to=2026-05-04")).Is(400, "INVALID_REQUEST");
        Assert.Equal(("to", "must not be before from"), Assert.Single(reply.Details));
        (await partner.GetAsync($"{list}?from=2026-05-04T12:00:00Z&to=2026-05-04")).Is(200);
        (await partner.GetAsync($"{list}?from=9999-12-31&to=9999-12-31")).Is(200);
    }

    [Fact]
    public async Task A_replay_of_a_day_replays_that_day()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        var day = Date(link.CreatedAt.UtcDateTime);
        (await partner.PostAsync("/partner/webhooks/deliveries/replay", new { from = day, to = day })).Is(202);
        await app.IdleAsync();
        Assert.Equal(2, inbox.Received.Count);
        Assert.Equal(
            ["to"],
            (
                await partner.PostAsync(
                    "/partner/webhooks/deliveries/replay",
                    new { from = "2026-05-05", to = "2026-05-04" }
                )
            )
                .Is(400)
                .Fields
        );
    }

    private static async Task<System.Text.Json.Nodes.JsonArray> ItemsAsync(TestPartner partner, string target) =>
        (await partner.GetAsync(target)).Is(200).Data["items"]!.AsArray();

    private static string Date(DateTime day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
