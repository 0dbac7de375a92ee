using Azure.Data.Tables;
using Serverless.Functions.Users;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>KYC that comes by a share token: from the call to the webhook.</summary>
public sealed class ShareTokenTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_token_shared_at_onboarding_creates_the_identity_and_verifies_it()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });

        var accepted = (await partner.Identity.ShareAsync("f4-1", "f4@example.org")).Is(202);

        Assert.Equal("""{"identityReference":"f4-1"}""", accepted.Text);
        Assert.Equal("UNDER_REVIEW", await partner.Identity.KycAsync("f4-1"));
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        var found = (await partner.Identity.FindAsync("any-ref", "f4@example.org")).Is(200).Json;
        Assert.Equal("f4-1", (string)found["identityReference"]!);
        Assert.True((bool)found["account"]!["exists"]!);
        Assert.Equal("VERIFIED", (string)found["kyc"]!["status"]!);
        Assert.Equal(["UNDER_REVIEW", "VERIFIED"], inbox.Kycs());
    }

    [Theory]
    [InlineData("approved", "VERIFIED")]
    [InlineData("rejected", "REJECTED")]
    [InlineData("retry", "ACTION_REQUIRED")]
    [InlineData("expired", "ACTION_REQUIRED")]
    [InlineData("unknown", "ACTION_REQUIRED")]
    [InlineData("foreign", "ACTION_REQUIRED")]
    [InlineData("pending-2m", "UNDER_REVIEW")]
    [InlineData("down", "UNDER_REVIEW")]
    public async Task What_the_provider_decides_becomes_the_status(string decides, string status)
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal(status, await partner.SharedAsync($"decided-{decides}", decides));
    }

    [Fact]
    public async Task A_result_that_takes_its_time_is_waited_for()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("VERIFIED", await partner.SharedAsync("slow-1", "pending-2m", TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public async Task An_outage_of_a_minute_is_waited_out()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("VERIFIED", await partner.SharedAsync("outage-1", "down", TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public async Task An_outage_is_borne_for_five_tries_within_the_hour_and_then_needs_another_submission()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        Assert.Equal("UNDER_REVIEW", await partner.SharedAsync("dead-1", "dead", TimeSpan.FromMinutes(54)));
        await own.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal("ACTION_REQUIRED", await partner.Identity.KycAsync("dead-1"));
        Assert.Equal("provider-down", Assert.Single(await SharesAsync(own, partner, "dead-1")).GetString("Outcome"));
    }

    [Fact]
    public async Task A_person_who_stays_incomplete_at_the_provider_needs_another_submission()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("UNDER_REVIEW", await partner.SharedAsync("incomplete-1", "incomplete", TimeSpan.FromMinutes(9)));
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("ACTION_REQUIRED", await partner.Identity.KycAsync("incomplete-1"));
    }

    [Fact]
    public async Task Without_a_result_for_three_days_it_is_left_to_an_operator()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        Assert.Equal("UNDER_REVIEW", await partner.SharedAsync("never-1", "never", TimeSpan.FromDays(4)));
        Assert.Equal("undecided", Assert.Single(await SharesAsync(own, partner, "never-1")).GetString("Outcome"));
    }

    [Fact]
    public async Task Another_token_may_be_tried_after_a_failure()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("ACTION_REQUIRED", await partner.SharedAsync("again-1", "expired"));
        Assert.Equal("VERIFIED", await partner.SharedAsync("again-1", "approved"));
    }

    [Fact]
    public async Task A_failure_does_not_end_the_review_of_a_newer_submission()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.ShareAsync("newer-1", "newer@example.org", KycSteps.NewToken("retry"))).Is(202);
        (await partner.Identity.ShareAsync("newer-1", "newer@example.org", KycSteps.NewToken("pending-2m"))).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("UNDER_REVIEW", await partner.Identity.KycAsync("newer-1"));
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("newer-1"));
    }

    [Fact]
    public async Task Rejected_is_not_changed_by_another_token()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("REJECTED", await partner.SharedAsync("final-1", "rejected"));
        Assert.Equal("REJECTED", await partner.SharedAsync("final-1", "approved"));
        Assert.Single(await SharesAsync(app, partner, "final-1"));
    }

    [Fact]
    public async Task Verified_needs_no_other_job()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("VERIFIED", await partner.SharedAsync("done-1", "approved"));
        Assert.Equal("VERIFIED", await partner.SharedAsync("done-1", "rejected"));
        Assert.Single(await SharesAsync(app, partner, "done-1"));
    }

    [Fact]
    public async Task The_same_token_again_is_accepted_without_a_second_job_also_by_the_older_path_and_at_once()
    {
        var partner = await app.NewPartnerAsync();
        var token = KycSteps.NewToken("pending-2m");
        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(async i =>
                    (
                        await partner.Identity.ShareAsync(
                            "same-1",
                            "same@example.org",
                            token,
                            i % 2 == 0 ? "share/token" : "token/share"
                        )
                    ).Is(202)
                )
        );
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await partner.Identity.ShareAsync("same-1", "same@example.org", token)).Is(202);

        Assert.Single(await SharesAsync(app, partner, "same-1"));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("same-1"));
    }

    [Fact]
    public async Task A_token_of_another_account_is_refused_and_one_of_another_partner_is_not()
    {
        var partner = await app.NewPartnerAsync();
        var token = KycSteps.NewToken("retry");
        (await partner.Identity.ShareAsync("owner-1", "owner@example.org", token)).Is(202);

        (await partner.Identity.ShareAsync("thief-1", "thief@example.org", token)).Is(422, "TokenAlreadyUsed");
        Assert.Equal("PENDING", await partner.Identity.KycAsync("thief-1"));
        // The same address makes both references one account.
        (await partner.Identity.ShareAsync("owner-2", "owner@example.org", token)).Is(202);
        (await (await app.NewPartnerAsync()).Identity.ShareAsync("owner-1", "owner@example.org", token)).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Of_a_token_and_two_accounts_at_once_exactly_one_gets_it()
    {
        var partner = await app.NewPartnerAsync();
        var token = KycSteps.NewToken();
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => partner.Identity.ShareAsync($"race-{i}", $"race-{i}@example.org", token))
        );
        Assert.Single(replies, reply => reply.Status == 202);
        Assert.Equal(7, replies.Count(reply => reply is { Status: 422, Code: "TokenAlreadyUsed" }));
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            "/eapi/v0/identities/share/token",
            new
            {
                identityReference = "not ok",
                email = new string('a', 200) + "@example.org",
                mobileNumber = "12",
                provider = new { vendor = "other", token = "12345" },
            }
        );
        reply.Is(422);
        Assert.Equal(
            ["email", "identityReference", "mobileNumber", "provider.token", "provider.vendor"],
            reply.Fields.Order(StringComparer.Ordinal)
        );

        (
            await partner.Identity.PostAsync(
                "/eapi/v0/identities/share/token",
                new { identityReference = "ok-1", email = "ok@example.org" }
            )
        ).Is(422);
        (await partner.Identity.ShareAsync("ok-1", "ok@example.org", new string('x', 4097))).Is(422);
        (
            await partner.Identity.PostAsync(
                "/eapi/v0/identities/share/token",
                """{"identityReference":"ok-1","email":"ok@example.org","provider":{"vendor":"sumsub","token":null} }"""
            )
        ).Is(400, "4002");
        (await partner.Identity.FindAsync("ok-1")).Is(404);
        (await partner.Identity.GetAsync("/eapi/v0/identities/share/token")).Is(405);
    }

    [Fact]
    public async Task Where_sharing_is_not_enabled_it_is_4005()
    {
        var partner = await app.NewPartnerAsync(settings: new { kycSharing = false });
        (await partner.Identity.ShareAsync("off-1", "off@example.org")).Is(400, "4005");
        (await partner.Identity.FindAsync("off-1")).Is(404);
    }

    [Fact]
    public async Task The_token_is_stored_sealed_only_and_gone_once_it_was_used()
    {
        await using var own = await TestApp.StartAsync();
        own.ExpectErrors();
        var partner = await own.NewPartnerAsync();
        var token = KycSteps.NewToken("down");
        (await partner.Identity.ShareAsync("secret-1", "secret@example.org", token)).Is(202);
        await own.IdleAsync();
        var waiting = Assert.Single(await SharesAsync(own, partner, "secret-1"));
        Assert.NotNull(waiting.GetString("Token"));
        await NowhereAsync();
        await own.AdvanceAsync(TimeSpan.FromMinutes(6));

        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("secret-1"));
        Assert.Null(Assert.Single(await SharesAsync(own, partner, "secret-1")).GetString("Token"));
        await NowhereAsync();

        async Task NowhereAsync()
        {
            foreach (var table in new[] { "Users", "ShareTokens", "EmailIndex", "Deliveries", "Idempotency", "Merges" })
                Assert.DoesNotContain(
                    (await own.RowsAsync(table)).SelectMany(row => row.Keys.Select(column => row[column])),
                    value => value?.ToString()?.Contains(token, StringComparison.Ordinal) == true
                );
            Assert.DoesNotContain(own.Log.Lines, line => line.Contains(token, StringComparison.Ordinal));
            using var http = new HttpClient();
            Assert.DoesNotContain(
                token,
                await http.GetStringAsync(new Uri(own.Address, "/local"), TestContext.Current.CancellationToken),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task What_the_provider_tells_fills_gaps_and_replaces_nothing()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.Identity.PostAsync(
                "/eapi/v0/identities/basic",
                new
                {
                    identityReference = "gaps-1",
                    email = "gaps@example.org",
                    givenName = "Samuel",
                }
            )
        ).Is(201);
        (await partner.Identity.ShareAsync("gaps-1", "gaps@example.org")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));

        var person = await app.Service<Serverless.Functions.Users.PersonStore>()
            .ReadAsync(
                new(
                    Serverless.Functions.Ids.PartnerId.FromStorage(partner.Id),
                    Serverless.Functions.Ids.ReferenceId.FromStorage("gaps-1")
                ),
                [],
                TestContext.Current.CancellationToken
            );
        Assert.Equal("Samuel", await person.ReadAsync("name.firstName", TestContext.Current.CancellationToken));
        Assert.Equal("Sample", await person.ReadAsync("name.lastName", TestContext.Current.CancellationToken));
        Assert.Equal("1990-01-02", await person.ReadAsync("dob", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_result_reaches_the_account_that_the_identity_was_merged_into_meanwhile()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("elder-1", "elder@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await partner.Identity.ShareAsync("younger-1", "younger@example.org", KycSteps.NewToken("pending-2m"))).Is(
            202
        );
        await app.IdleAsync();
        (await partner.Identity.UpdateAsync("younger-1", "elder@example.org")).Is(200);
        Assert.Equal("UNDER_REVIEW", await partner.Identity.KycAsync("elder-1"));

        await app.AdvanceAsync(TimeSpan.FromMinutes(5));

        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("elder-1"));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("younger-1"));
        Assert.Equal("approved", Assert.Single(await SharesAsync(app, partner, "younger-1")).GetString("Outcome"));
    }

    [Fact]
    public async Task Of_a_person_who_is_erased_meanwhile_the_share_ends_quietly()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.ShareAsync("erased-1", "erased@example.org", KycSteps.NewToken("pending-2m"))).Is(202);
        await app.IdleAsync();
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/erased-1", null)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(await SharesAsync(app, partner, "erased-1"));
        (await partner.Identity.ShareAsync("erased-1", "erased@example.org")).Is(404);
    }

    [Fact]
    public async Task An_address_that_is_not_proved_yet_merges_nothing()
    {
        var partner = await app.NewPartnerAsync(settings: new { emailVerification = "otp" });
        (await partner.Identity.CreateAsync("held-1", "held@example.org")).Is(201);
        (await partner.Identity.ShareAsync("claims-1", "held@example.org")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("claims-1"));
        Assert.Equal("PENDING", await partner.Identity.KycAsync("held-1"));
    }

    [Fact]
    public async Task A_person_verified_by_a_shared_token_needs_no_verification_through_a_link()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, events: ["user.status_changed"]);
        var link = await partner.CompleteLinkAsync('0', "both-1");
        (await partner.Identity.ShareAsync("both-1", "both@example.org")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("both-1"));
        (await partner.PostTicketAsync(link)).Is(409, "CIP_ALREADY_VERIFIED");
        Assert.Contains(("data_complete", "cip_verified"), inbox.Moves());
    }

    [Fact]
    public async Task A_person_verified_through_a_link_is_verified_for_the_identity_API()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('0', "reverse-1");
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("reverse-1"));
        (await partner.Identity.ShareAsync("reverse-1", "reverse@example.org")).Is(202);
        Assert.Empty(await SharesAsync(app, partner, "reverse-1"));
    }

    [Fact]
    public async Task A_verification_through_a_link_that_runs_while_the_share_verifies_ends_without_a_word()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, events: ["user.status_changed"]);
        var link = await partner.CompleteLinkAsync('3', "flight-1", expiresInMinutes: 60);
        (await partner.PostTicketAsync(link)).Is(201);
        (await partner.Identity.ShareAsync("flight-1", "flight@example.org")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("flight-1"));
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("flight-1"));
        Assert.Equal(
            [("data_complete", "cip_pending"), ("cip_pending", "cip_verified")],
            inbox.Moves().Where(move => move.From != "pending")
        );
    }

    [Fact]
    public async Task The_widget_asks_a_person_who_was_verified_by_a_token_for_nothing()
    {
        var partner = await app.NewPartnerAsync();
        await partner.SharedAsync("widget-1", "approved");
        var visitor = await Widget.Visitor.OpenAsync(app, await partner.CreateLinkAsync("widget-1"));
        Assert.Equal("amount", (string)(await visitor.StateAsync()).Is(200).Data["step"]!);
    }

    [Theory]
    [InlineData("Kyc:Level", "a-level")]
    [InlineData("Kyc:ProviderUrl", "https://api.sumsub.com")]
    [InlineData("Secrets:KycAppToken", "a-token")]
    public async Task A_provider_that_is_configured_by_half_keeps_the_app_from_starting(string setting, string value)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => TestApp.StartAsync((setting, value)));
        Assert.Contains("Kyc", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_of_a_known_person_costs_at_most_24_storage_transactions()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        await partner.SharedAsync("warm-1", "approved");
        (await partner.Identity.CreateAsync("cost-1", "cost-1@example.org")).Is(201);
        await own.IdleAsync();
        var before = await CostsAsync(own);
        await partner.SharedAsync("cost-1", "approved");
        var spent = (await CostsAsync(own))
            .Select(cost => (cost.Key, Count: cost.Value - before.GetValueOrDefault(cost.Key)))
            .Where(cost => cost.Count > 0 && cost.Key != "GetIdentity")
            .ToList();
        Assert.True(spent.Sum(cost => cost.Count) <= 24, string.Join(", ", spent));
    }

    private static async Task<Dictionary<string, int>> CostsAsync(TestApp at)
    {
        using var http = new HttpClient();
        var costs = System.Text.Json.Nodes.JsonNode.Parse(
            await http.GetStringAsync(new Uri(at.Address, "/local/costs"), TestContext.Current.CancellationToken)
        )!;
        return costs["operations"]!
            .AsArray()
            .ToDictionary(operation => (string)operation!["operation"]!, operation => (int)operation!["total"]!);
    }

    private static async Task<List<TableEntity>> SharesAsync(TestApp at, TestPartner partner, string reference) =>
        await at.RowsAsync(
            "Users",
            $"PartitionKey eq '{partner.Id}|{reference}' and RowKey ge 'share|' and RowKey lt 'share}}'"
        );
}
