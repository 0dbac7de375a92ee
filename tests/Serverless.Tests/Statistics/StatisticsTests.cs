using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Statistics;

/// <summary>The counts of what happened: each thing once, on its day, as its rows have it.</summary>
public sealed class StatisticsTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] Heard = ["link.created", "user.data_request"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_partner_to_whom_nothing_has_happened_gets_zeros_for_each_day()
    {
        var partner = await app.NewPartnerAsync();
        var shown = (await partner.GetAsync("/partner/statistics?days=7")).Is(200).Data;
        var today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);
        var days = shown["days"]!.AsArray().Select(day => (string)day!["day"]!).ToList();
        Assert.Equal(
            Enumerable
                .Range(-6, 7)
                .Select(back => today.AddDays(back).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            days
        );
        Assert.Equal((days[0], days[^1]), ((string)shown["from"]!, (string)shown["to"]!));
        Assert.All((await CountedRows.TotalsAsync(partner)).Values, count => Assert.Equal(0, count));
        Assert.Equal(30, (await partner.GetAsync("/partner/statistics")).Is(200).Data["days"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("days=0")]
    [InlineData("days=91")]
    [InlineData("days=x")]
    [InlineData("from=2026-01-01")]
    public async Task A_query_that_is_none_is_refused(string query)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.GetAsync($"/partner/statistics?{query}")).Is(400, "INVALID_REQUEST");
    }

    [Fact]
    public async Task Links_count_in_each_status_that_they_came_to_and_by_the_time_that_they_took()
    {
        var partner = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        await other.CreateLinkAsync();
        await partner.CreateLinkAsync(expiresInMinutes: 5);
        (await (await partner.CreateLinkAsync()).RevokeAsync()).Is(200);
        (await (await partner.CreateLinkAsync(expiresInMinutes: 5)).OpenAsync()).Is(200);
        var quick = await Payer.NewAsync(app, partner);
        var slow = await Payer.NewAsync(app, partner);
        await quick.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(12));
        await slow.TransferAsync();
        await app.AdvanceAsync(TimeSpan.FromHours(1));

        var shown = (await partner.GetAsync("/partner/statistics?days=2")).Is(200).Data;
        Assert.Equal(
            [5, 3, 2, 2, 2, 1],
            new[] { "created", "opened", "inProgress", "completed", "expired", "revoked" }.Select(name =>
                (int)shown["links"]![name]!
            )
        );
        Assert.Equal(
            [(1, 1), (2, 0), (5, 0), (10, 0), (30, 1), (60, 0), (null, 0)],
            shown["completionTimes"]!.AsArray().Select(one => ((int?)one!["upToMinutes"], (int)one["links"]!))
        );
        Assert.Equal(await CountedRows.OfAsync(app, partner.Id), await CountedRows.TotalsAsync(partner));
        Assert.Equal(1, (await CountedRows.TotalsAsync(other))["links.created"]);
    }

    [Fact]
    public async Task Each_data_request_counts_by_its_first_end()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Heard);
        var answered = await partner.CreateLinkAsync();
        (await AnswerAsync(partner, answered)).Is(200);

        // The person comes to the step first; a late answer is accepted, and counts no more.
        var fellBack = await partner.CreateLinkAsync();
        var session = (string)(await fellBack.OpenAsync()).Is(200).Data["session"]!;
        (
            await app.PostAsync(
                $"/widget/links/{fellBack.Id}/step",
                new { step = "cip" },
                ("Authorization", $"Bearer {session}")
            )
        ).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await AnswerAsync(partner, fellBack)).Is(200);

        await partner.CreateLinkAsync(expiresInMinutes: 5);
        (await (await partner.CreateLinkAsync()).RevokeAsync()).Is(200);
        // These are asked for before the partner begins to answer in its response.
        await app.IdleAsync();
        inbox.Answer = (webhook, http) =>
            webhook.Event == "user.data_request"
                ? http.Response.WriteAsync($$"""{"userData":{{Samples.FullUserData().ToJsonString()}}}""")
                : Task.CompletedTask;
        await partner.CreateLinkAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));

        var shown = (await partner.GetAsync("/partner/statistics?days=2")).Is(200).Data["dataRequests"]!;
        Assert.Equal(
            [5, 1, 1, 1, 1],
            new[] { "asked", "answered", "answeredInResponse", "fellBack", "expired" }.Select(name => (int)shown[name]!)
        );
        Assert.Equal(await CountedRows.OfAsync(app, partner.Id), await CountedRows.TotalsAsync(partner));
    }

    [Fact]
    public async Task Deliveries_count_by_their_end_and_a_replay_ends_once_more()
    {
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync(expiresInMinutes: 10_080);
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(1, (await CountedRows.TotalsAsync(partner))["deliveries.failed"]);

        inbox.AnswerWith(200);
        var failed = (await partner.GetAsync("/partner/webhooks/deliveries?status=failed")).Data["items"]![0]!;
        (await partner.PostAsync($"/partner/webhooks/deliveries/{failed["deliveryId"]}/replay")).Is(202);
        await app.IdleAsync();
        var totals = await CountedRows.TotalsAsync(partner);
        Assert.Equal((1, 1), (totals["deliveries.failed"], totals["deliveries.delivered"]));
    }

    /// <summary>Every follow-up runs to its end several times, on two instances at once.</summary>
    [Fact]
    public async Task What_is_followed_up_again_and_again_on_two_instances_counts_once()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var inbox = await one.NewInboxAsync();
        var partner = await one.NewPartnerAsync(inbox, Heard);
        var there = partner.At(twin);
        var created = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? partner : there).CreateLinkAsync())
        );
        await Task.WhenAll(created.Take(20).Select(link => link.OpenAsync()));
        await Task.WhenAll(created.Skip(30).Select(link => link.RevokeAsync()));
        // Deliveries that found no place at the endpoint come back a little later.
        await one.AdvanceAsync(TimeSpan.FromMinutes(5));
        await twin.AdvanceAsync(TimeSpan.FromMinutes(5));

        var expected = await CountedRows.OfAsync(one, partner.Id);
        Assert.Equal((40, 20, 10), (expected["links.created"], expected["links.opened"], expected["links.revoked"]));
        Assert.Equal(expected, await CountedRows.TotalsAsync(partner));
        foreach (var round in new[] { "first", "second" })
        {
            foreach (
                var row in await one.RowsAsync(
                    "Users",
                    $"PartitionKey ge '{partner.Id}|' and RowKey ge 'event|' and RowKey lt 'event}}'"
                )
            )
            {
                row.Remove("FollowedUpAt");
                await one.Table("Users").UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace, Cancel);
                var announced = Announcement.Of(EventRow.FromRow(row));
                foreach (var instance in new[] { one, twin })
                    await instance
                        .Service<AppQueues>()
                        .Events.SendAsync(announced, $"{announced.Id}:{round}", due: null, Cancel);
            }
            await one.IdleAsync();
            await twin.IdleAsync();
            Assert.Equal(expected, await CountedRows.TotalsAsync(partner));
        }
    }

    [Fact]
    public async Task What_fails_after_it_was_counted_counts_once()
    {
        var stumbles = new StumblingFollower();
        await using var own = await TestApp.StartAsync(services => services.AddSingleton<IEventFollower>(stumbles));
        own.ExpectErrors();
        var partner = await own.NewPartnerAsync();
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => partner.CreateLinkAsync(expiresInMinutes: 5)));
        await own.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(10, stumbles.Events);
        var totals = await CountedRows.TotalsAsync(partner);
        Assert.Equal((5, 5), (totals["links.created"], totals["links.expired"]));
        Assert.Equal(await CountedRows.OfAsync(own, partner.Id), totals);
    }

    [Fact]
    public async Task A_thousand_at_once_on_two_instances_are_counted_in_few_transactions()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync();
        var id = PartnerId.FromStorage(partner.Id);
        var now = one.Clock.GetUtcNow();
        // Each is handed in twice, on either instance.
        await Task.WhenAll(
            Enumerable
                .Range(0, 2000)
                .Select(i =>
                    (i % 2 == 0 ? one : twin)
                        .Service<Tally>()
                        .CountAsync(
                            new Occurrence(id, $"{i / 2}", now.AddDays(-(i / 2 % 3)), [Measure.LinksCreated]),
                            Cancel
                        )
                )
        );
        Assert.Equal(1000, (await CountedRows.TotalsAsync(partner, 3))["links.created"]);
        Assert.InRange((await CountedRows.TotalsAsync(partner, 1))["links.created"], 333, 334);
    }

    [Fact]
    public async Task An_overview_of_90_days_costs_four_storage_transactions_with_a_key_that_was_not_seen_lately()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        var (id, now) = (PartnerId.FromStorage(partner.Id), own.Clock.GetUtcNow());
        await Task.WhenAll(
            Enumerable
                .Range(0, 90)
                .Select(back =>
                    own.Service<Tally>()
                        .CountAsync(new Occurrence(id, $"{back}", now.AddDays(-back), [Measure.LinksCreated]), Cancel)
                )
        );
        await own.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.Equal(90, (await CountedRows.TotalsAsync(partner))["links.created"]);
        Assert.InRange(await CostAsync(own), 1, 4);
    }

    [Fact]
    public async Task What_is_older_than_any_day_that_is_shown_is_not_counted_and_its_quarter_is_dropped()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        await own.IdleAsync();
        var row = (await own.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|{link.Reference}'")).First(row =>
            row.RowKey.StartsWith("event|", StringComparison.Ordinal)
        );
        await own.AdvanceAsync(TimeSpan.FromDays(89));
        Assert.Equal(1, (await CountedRows.TotalsAsync(partner))["links.created"]);
        await own.AdvanceAsync(TimeSpan.FromDays(100));
        Assert.Equal(0, (await CountedRows.TotalsAsync(partner))["links.created"]);
        var quarter = DatedTable.Statistics.NameOf(DateOnly.FromDateTime(link.CreatedAt.UtcDateTime));
        Assert.DoesNotContain(own.Prefix + quarter, await TablesAsync());

        row.Remove("FollowedUpAt");
        await own.Table("Users").UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace, Cancel);
        var happened = EventRow.FromRow(row);
        await own.Service<AppQueues>().Events.SendAsync(Announcement.Of(happened), "late", due: null, Cancel);
        await own.IdleAsync();
        Assert.DoesNotContain(own.Prefix + quarter, await TablesAsync());
    }

    /// <summary>What <c>GET /partner/statistics</c> has cost so far.</summary>
    private static async Task<int> CostAsync(TestApp app)
    {
        using var http = new HttpClient();
        var costs = JsonNode.Parse(await http.GetStringAsync(new Uri(app.Address, "/local/costs"), Cancel))!;
        return (int)
            costs["operations"]!
                .AsArray()
                .First(operation => (string?)operation!["operation"] == nameof(GetStatistics))!["total"]!;
    }

    private static async Task<List<string>> TablesAsync()
    {
        var names = new List<string>();
        await foreach (var table in Azurite.Tables.QueryAsync(cancellationToken: Cancel))
            names.Add(table.Name);
        return names;
    }

    private static Task<Reply> AnswerAsync(TestPartner partner, TestLink link) =>
        partner.PutAsync(
            $"/partner/data-requests/dr_{link.Id["link_".Length..]}",
            new { referenceId = link.Reference, userData = Samples.FullUserData() }
        );

    /// <summary>Fails at the first sight of each event, after the others have followed it.</summary>
    private sealed class StumblingFollower : IEventFollower
    {
        private readonly ConcurrentDictionary<string, bool> _seen = new();

        public int Events => _seen.Count;

        public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct) =>
            _seen.TryAdd(happened.Id.Text, true)
                ? throw new InvalidOperationException("The first follow-up of each event fails.")
                : Task.CompletedTask;
    }
}
