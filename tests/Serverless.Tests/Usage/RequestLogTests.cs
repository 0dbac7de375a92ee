using System.Diagnostics;
using System.Text.Json.Nodes;
using Serverless.Functions.Ids;
using Serverless.Functions.Usage;
using Xunit;

namespace Serverless.Tests.Usage;

/// <summary>What a partner's servers called in the last 24 hours, and what is left of its limits.</summary>
public sealed class RequestLogTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Requests = "/partner/requests";

    [Fact]
    public async Task Each_request_is_listed_with_its_route_status_code_and_id_and_nothing_of_its_content()
    {
        var partner = await app.NewPartnerAsync();
        const string Secret = "person-with-a-name";
        await partner.CreateLinkAsync(Secret, metadata: new { note = "hidden-note" });
        (await partner.GetAsync($"/partner/users/{Secret}?nonsense={Secret}")).Is(400);
        var missing = (await partner.GetAsync($"/partner/links/link_{partner.Id}_00000000000000000000000000")).Is(404);
        (await partner.GetAsync($"/partner/{Secret}")).Is(404);
        (await partner.Identity.GetAsync("/eapi/v0/identities/nobody")).Is(404);

        var listed = (await partner.GetAsync(Requests)).Is(200);
        // Those that come within a millisecond of each other have no order.
        Assert.Equivalent(
            new (string, string?, int, string?)[]
            {
                ("GET", "/eapi/v0/identities/{identityReference}", 404, "NotFound"),
                ("GET", null, 404, "RESOURCE_NOT_FOUND"),
                ("GET", "/partner/links/{linkId}", 404, "RESOURCE_NOT_FOUND"),
                ("GET", "/partner/users/{referenceId}", 400, "INVALID_REQUEST"),
                ("POST", "/partner/links", 201, null),
            },
            listed.Data["items"]!
                .AsArray()
                .Select(item =>
                    ((string)item!["method"]!, (string?)item["route"], (int)item["status"]!, (string?)item["code"])
                ),
            strict: true
        );
        Assert.Contains(
            missing["X-Request-Id"],
            listed.Data["items"]!.AsArray().Select(item => (string)item!["requestId"]!)
        );
        Assert.DoesNotContain(Secret, listed.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-note", listed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_can_be_narrowed_and_read_in_pages_and_has_no_other_partners_requests()
    {
        var (partner, other) = (await app.NewPartnerAsync(), await app.NewPartnerAsync());
        (await other.GetAsync("/partner/nothing")).Is(404);
        for (var i = 0; i < 5; i++)
            (await partner.GetAsync("/partner/me")).Is(200);
        (await partner.GetAsync("/partner/users/nobody")).Is(404);
        (await partner.PostLinkAsync(new { referenceId = "a b" })).Is(400);

        Assert.Equal(2, await CountAsync(partner, "?status=4xx"));
        Assert.Equal(1, await CountAsync(partner, "?status=404"));
        Assert.Equal(1, await CountAsync(partner, "?code=INVALID_REQUEST"));
        Assert.Equal(5, await CountAsync(partner, "?route=/partner/me&status=200"));
        Assert.Equal(1, await CountAsync(partner, "?route=/partner/users/%7BreferenceId%7D"));
        Assert.Equal(0, await CountAsync(partner, "?status=404&code=INVALID_REQUEST"));

        var first = (await partner.GetAsync($"{Requests}?route=/partner/me&limit=3")).Is(200).Data;
        var cursor = (string)first["pagination"]!["nextCursor"]!;
        var second = (await partner.GetAsync($"{Requests}?route=/partner/me&limit=3&cursor={cursor}")).Is(200).Data;
        Assert.Equal(
            5,
            first["items"]!
                .AsArray()
                .Concat(second["items"]!.AsArray())
                .Select(item => (string)item!["requestId"]!)
                .Distinct()
                .Count()
        );
        Assert.Null(second["pagination"]!["nextCursor"]);
        (await other.GetAsync($"{Requests}?cursor={cursor}")).Is(400);
        foreach (var wrong in new[] { "status=600", "status=4x", "code=a%20b", "route=partner", "method=GET" })
            (await partner.GetAsync($"{Requests}?{wrong}")).Is(400, "INVALID_REQUEST");
    }

    [Fact]
    public async Task A_refusal_for_too_many_calls_is_listed()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        await Task.WhenAll(Enumerable.Range(0, 101).Select(_ => partner.PostLinkAsync(new { referenceId = "a b" })));
        Assert.Equal(1, await CountAsync(partner, "?code=RATE_LIMIT_EXCEEDED&status=429"));
    }

    [Fact]
    public async Task What_one_instance_answered_is_seen_by_another_after_a_minute_and_after_a_restart()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync();
        (await partner.GetAsync("/partner/me")).Is(200);
        await one.AdvanceAsync(TimeSpan.FromSeconds(61));
        await WaitForAsync(partner.At(twin), "?route=/partner/me", 1);
        Assert.Single(await one.RowsAsync("Requests" + Day(one), $"PartitionKey eq '{partner.Id}'"));

        (await partner.GetAsync("/partner/webhooks/endpoint")).Is(200);
        await one.RestartAsync();
        Assert.Equal(1, await CountAsync(partner, "?route=/partner/webhooks/endpoint"));
        Assert.Equal(1, await CountAsync(partner, "?route=/partner/me"));
    }

    [Fact]
    public async Task A_request_is_listed_for_24_hours_and_its_day_is_dropped()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        (await partner.GetAsync("/partner/me")).Is(200);
        var day = Day(own);
        await own.AdvanceAsync(TimeSpan.FromHours(23.9));
        Assert.Equal(1, await CountAsync(partner, "?route=/partner/me"));
        await own.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(0, await CountAsync(partner, "?route=/partner/me"));
        await own.AdvanceAsync(TimeSpan.FromDays(2));
        var names = new List<string>();
        await foreach (var table in Azurite.Tables.QueryAsync(cancellationToken: TestContext.Current.CancellationToken))
            names.Add(table.Name);
        Assert.DoesNotContain(own.Prefix + "Requests" + day, names);
    }

    [Fact]
    public async Task Of_a_busy_minute_the_refused_are_kept_and_what_they_take_is_bounded()
    {
        await using var own = await TestApp.StartAsync();
        var partner = PartnerId.FromStorage((await own.NewPartnerAsync()).Id);
        var log = own.Service<RequestLog>();
        var now = own.Clock.GetUtcNow();
        var longest = new string('r', 128);
        LoggedRequest Answered(int status) =>
            new(Ulid.New(now).Text, "DELETE", "/" + longest[..100], status, longest[..60], longest, 1);
        for (var i = 0; i < RequestLog.MostAMinute; i++)
            log.Note(partner, Answered(200));
        for (var i = 0; i < 100; i++)
            log.Note(partner, Answered(i % 2 == 0 ? 429 : 201));
        await log.StopAsync(TestContext.Current.CancellationToken);
        var kept = await log.ReadAsync(partner, now.AddHours(-1), TestContext.Current.CancellationToken);
        Assert.Equal((RequestLog.MostAMinute, 50), (kept.Count, kept.Count(request => request.Status == 429)));
    }

    [Fact]
    public async Task The_limits_show_what_is_used_on_all_instances_and_reading_them_uses_nothing()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync();
        Assert.All(await LimitsAsync(partner), limit => Assert.Null(limit.Value["resetsAt"]));
        for (var i = 0; i < 20; i++)
            (await (i < 10 ? partner : partner.At(twin)).PostLinkAsync(new { referenceId = "a b" })).Is(400);
        (await partner.GetAsync("/partner/me")).Is(200);
        (await partner.Identity.GetAsync("/eapi/v0/identities/nobody")).Is(404);

        for (var i = 0; i < 3; i++)
        {
            var limits = await LimitsAsync(partner);
            Assert.Equal(
                (100, 20, 80),
                (
                    (int)limits["create-link"]["limit"]!,
                    (int)limits["create-link"]["used"]!,
                    (int)limits["create-link"]["remaining"]!
                )
            );
            Assert.Equal("POST /partner/links", (string)limits["create-link"]["routes"]![0]!);
            Assert.Equal((1, 1), ((int)limits["other"]["used"]!, (int)limits["identities"]["used"]!));
            Assert.NotNull(limits["other"]["resetsAt"]);
        }
        await one.AdvanceAsync(TimeSpan.FromSeconds(61));
        Assert.All(
            await LimitsAsync(partner),
            limit => Assert.Equal((0, null), ((int)limit.Value["used"]!, (string?)limit.Value["resetsAt"]))
        );
    }

    private static async Task<Dictionary<string, JsonNode>> LimitsAsync(TestPartner partner) =>
        (await partner.GetAsync("/partner/rate-limits")).Is(200).Data["items"]!
            .AsArray()
            .Where(limit => (string)limit!["name"]! != "rate-limits")
            .ToDictionary(limit => (string)limit!["name"]!, limit => limit!);

    private static async Task<int> CountAsync(TestPartner partner, string query) =>
        (int)(await partner.GetAsync(Requests + query)).Is(200).Data["pagination"]!["total"]!;

    /// <summary>Waits for what an instance writes beside its requests.</summary>
    private static async Task WaitForAsync(TestPartner partner, string query, int count)
    {
        var started = Stopwatch.GetTimestamp();
        while (await CountAsync(partner, query) < count)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
                throw new TimeoutException("The log was not written.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private static string Day(TestApp app) => $"{app.Clock.GetUtcNow().UtcDateTime:yyyyMMdd}";
}
