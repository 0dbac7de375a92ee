using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>A partner has its receiver examined.</summary>
public sealed class ProbeTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Probe = "/partner/webhooks/endpoint/probe";
    private static readonly string[] Cases = ["valid", "tampered_body", "wrong_secret", "old_timestamp", "duplicate"];

    [Fact]
    public async Task The_sample_receiver_passes_and_handles_the_duplicate_once()
    {
        var partner = await app.NewPartnerAsync();
        await using var receiver = await SampleServer.StartAsync("receiver.mjs", [partner.Secret, "0"]);
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = receiver.Url })).Is(200);
        var report = await ProbeAsync(partner);
        Assert.True((string)report["verdict"]! == "conformant", report.ToJsonString());
        Assert.Equal((receiver.Url, 5), ((string)report["url"]!, (int)report["passed"]!));
        Assert.Equal([204, 401, 401, 401, 204], All(report).Select(one => (int)one["status"]!));
        // Only the duplicate's passing leaves something to be said.
        Assert.Equal(
            ["duplicate"],
            All(report).Where(one => one["advice"] is not null).Select(one => (string)one["case"]!)
        );
        var said = await receiver.StopAsync();
        Assert.Equal((1, 1, 3), (Lines(said, " verified "), Lines(said, " duplicate "), Lines(said, " REFUSED ")));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_receiver_may_check_either_family_or_both(bool standard, bool m2m)
    {
        var (partner, inbox) = await NewAsync();
        inbox.Answer = Verifying(partner.Secret, standard, m2m, timestamp: true);
        var report = await ProbeAsync(partner);
        Assert.Equal(("conformant", 5), ((string)report["verdict"]!, (int)report["passed"]!));
        Assert.Equal(5, inbox.Received.Count);
        Assert.All(inbox.Received, webhook => Assert.Equal("endpoint.test", webhook.Event));
        // One id comes twice; every other one is new.
        Assert.Equal(
            [1, 1, 1, 2],
            inbox.Received.GroupBy(webhook => webhook.Headers["webhook-id"]).Select(same => same.Count()).Order()
        );
    }

    [Fact]
    public async Task A_receiver_that_accepts_everything_is_told_what_it_should_refuse()
    {
        var (partner, _) = await NewAsync();
        var report = await ProbeAsync(partner);
        Assert.Equal(("not_conformant", 2), ((string)report["verdict"]!, (int)report["passed"]!));
        Assert.Equal(
            ["tampered_body", "wrong_secret", "old_timestamp"],
            Failed(report).Select(one => (string)one["case"]!)
        );
        Assert.All(
            Failed(report),
            one =>
            {
                Assert.StartsWith("400 or 401", (string)one["expected"]!, StringComparison.Ordinal);
                Assert.Equal(200, (int)one["status"]!);
                Assert.Contains("efuse", (string)one["advice"]!, StringComparison.Ordinal);
            }
        );
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_receiver_that_does_not_check_the_timestamp_fails_that_case_alone(bool standard, bool m2m)
    {
        var (partner, inbox) = await NewAsync();
        inbox.Answer = Verifying(partner.Secret, standard, m2m, timestamp: false);
        var report = await ProbeAsync(partner);
        Assert.Equal("not_conformant", (string)report["verdict"]!);
        var failed = Assert.Single(Failed(report));
        Assert.Equal("old_timestamp", (string)failed["case"]!);
        Assert.Contains("five minutes", (string)failed["advice"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_is_down_is_unreachable()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = "http://127.0.0.1:9/hook" })).Is(200);
        var report = await ProbeAsync(partner);
        Assert.Equal(("unreachable", 0), ((string)report["verdict"]!, (int)report["passed"]!));
        Assert.All(All(report), one => Assert.Equal("the connection was refused or broke", (string)one["error"]!));
    }

    [Theory]
    [InlineData(500, 0)]
    [InlineData(302, 0)]
    [InlineData(410, 0)]
    [InlineData(429, 0)]
    [InlineData(401, 3)]
    public async Task One_answer_to_everything_is_never_right_and_nothing_is_kept_of_it(int status, int passed)
    {
        var (partner, inbox) = await NewAsync();
        inbox.AnswerWith(status);
        var before = (await partner.GetAsync("/partner/webhooks/endpoint")).Text;
        var report = await ProbeAsync(partner);
        Assert.Equal(("not_conformant", passed), ((string)report["verdict"]!, (int)report["passed"]!));
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Equal(5, inbox.Received.Count);
        Assert.Empty(await app.DeliveriesAsync(partner));
        Assert.Equal(before, (await partner.GetAsync("/partner/webhooks/endpoint")).Text);
    }

    [Fact]
    public async Task A_duplicate_that_is_answered_with_an_error_is_a_failure()
    {
        var (partner, inbox) = await NewAsync();
        var verifying = Verifying(partner.Secret, standard: true, m2m: true, timestamp: true);
        inbox.Answer = (webhook, http) =>
        {
            if (inbox.Received.Count(other => other.Headers["webhook-id"] == webhook.Headers["webhook-id"]) == 1)
                return verifying(webhook, http);
            http.Response.StatusCode = 409;
            return Task.CompletedTask;
        };
        var failed = Assert.Single(Failed(await ProbeAsync(partner)));
        Assert.Equal(("duplicate", 409), ((string)failed["case"]!, (int)failed["status"]!));
    }

    [Fact]
    public async Task Each_case_has_five_seconds_and_meanwhile_no_second_probe_begins()
    {
        var (partner, inbox) = await NewAsync();
        inbox.Answer = (_, http) => Task.Delay(Timeout.Infinite, http.RequestAborted);
        var probing = ProbeAsync(partner);
        await inbox.WaitForAsync(4);
        var refused = (await partner.PostAsync(Probe)).Is(429, "RATE_LIMIT_EXCEEDED");
        Assert.Equal(10, refused.Number("Retry-After"));

        await app.Clock.AdvanceAsync(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        await inbox.WaitForAsync(5);
        await app.Clock.AdvanceAsync(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
        var report = await probing;
        Assert.Equal("unreachable", (string)report["verdict"]!);
        Assert.All(All(report), one => Assert.Equal("no complete answer within 5 s", (string)one["error"]!));
        inbox.AnswerWith(200);
        await ProbeAsync(partner);
    }

    [Fact]
    public async Task Six_a_minute_are_admitted_and_other_calls_go_on()
    {
        var (partner, _) = await NewAsync();
        for (var i = 0; i < 6; i++)
            await ProbeAsync(partner);
        var refused = (await partner.PostAsync(Probe)).Is(429, "RATE_LIMIT_EXCEEDED");
        Assert.InRange(refused.Number("Retry-After"), 1, 60);
        (await partner.GetAsync("/partner/webhooks/endpoint")).Is(200);
        await ProbeAsync((await NewAsync()).Partner);
        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        await ProbeAsync(partner);
    }

    [Fact]
    public async Task Two_instances_admit_one_more_at_most()
    {
        // Both with clocks that no test has moved.
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync(await one.NewInboxAsync());
        var admitted = 0;
        for (var i = 0; i < 10; i++)
            admitted += (await (i % 2 == 0 ? partner : partner.At(twin)).PostAsync(Probe)).Status == 200 ? 1 : 0;
        Assert.InRange(admitted, 6, 7);
    }

    [Fact]
    public async Task Without_a_URL_there_is_nothing_to_probe() =>
        (await (await app.NewPartnerAsync()).PostAsync(Probe)).Is(409, "NO_WEBHOOK_URL");

    private async Task<(TestPartner Partner, Inbox Inbox)> NewAsync()
    {
        var inbox = await app.NewInboxAsync();
        return (await app.NewPartnerAsync(inbox), inbox);
    }

    private static async Task<JsonNode> ProbeAsync(TestPartner partner)
    {
        var report = (await partner.PostAsync(Probe)).Is(200).Data;
        Assert.Equal(Cases, All(report).Select(one => (string)one["case"]!));
        return report;
    }

    private static IEnumerable<JsonNode> All(JsonNode report) => report["cases"]!.AsArray().OfType<JsonNode>();

    private static IEnumerable<JsonNode> Failed(JsonNode report) => All(report).Where(one => !(bool)one["passed"]!);

    private static int Lines(string text, string with) =>
        text.Split('\n').Count(line => line.Contains(with, StringComparison.Ordinal));

    /// <summary>A receiver that checks some of what it should.</summary>
    private static Func<Webhook, HttpContext, Task> Verifying(string secret, bool standard, bool m2m, bool timestamp) =>
        (webhook, http) =>
        {
            var headers = webhook.Headers;
            var accepted =
                (
                    !standard
                    || headers["webhook-signature"]
                        .Split(' ')
                        .Contains(
                            Expected.Standard(secret, headers["webhook-id"], headers["webhook-timestamp"], webhook.Body)
                        )
                )
                && (
                    !m2m || headers["X-M2M-Signature"] == Expected.M2m(secret, headers["X-M2M-Timestamp"], webhook.Body)
                )
                && (
                    !timestamp
                    || Math.Abs(
                        DateTimeOffset.UtcNow.ToUnixTimeSeconds()
                            - long.Parse(headers["webhook-timestamp"], CultureInfo.InvariantCulture)
                    ) <= 300
                );
            http.Response.StatusCode = accepted ? 200 : 400;
            return Task.CompletedTask;
        };
}
