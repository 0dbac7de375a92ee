using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>
/// What an operator decides, and submissions that wait for it.
/// </summary>
public sealed class ReviewIdentityTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Png =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Theory]
    [InlineData("rejected", "approve", "VERIFIED")]
    [InlineData("rejected", "retry", "ACTION_REQUIRED")]
    [InlineData("retry", "approve", "VERIFIED")]
    [InlineData("retry", "reject", "REJECTED")]
    [InlineData("never", "approve", "VERIFIED")]
    [InlineData("never", "reject", "REJECTED")]
    [InlineData("never", "retry", "ACTION_REQUIRED")]
    public async Task An_operator_decides_where_automation_may_not(string decides, string decision, string status)
    {
        await using var own = await TestApp.StartAsync();
        var inbox = await own.NewInboxAsync();
        var partner = await own.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        await partner.SharedAsync("review-1", decides);
        var reply = (await ReviewAsync(partner, "review-1", decision)).Is(200);
        Assert.Equal(status, (string)reply.Data["kyc"]!["status"]!);
        await own.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(status, await partner.Identity.KycAsync("review-1"));
        Assert.Equal(status, inbox.Kycs()[^1]);
        Assert.Equal(
            inbox.Kycs().Length,
            inbox.Kycs().Zip(inbox.Kycs().Skip(1)).Count(pair => pair.First != pair.Second) + 1
        );
        Assert.Single(
            await own.RowsAsync(
                "Users",
                $"PartitionKey eq '{partner.Id}|review-1' and RowKey ge 'review|' and RowKey lt 'review}}'"
            )
        );
    }

    [Fact]
    public async Task A_decision_that_does_not_fit_is_409_and_an_unknown_reference_404()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("pending-1")).Is(201);
        (await ReviewAsync(partner, "pending-1", "approve")).Is(409, "KYC_NOT_REVIEWABLE");
        await partner.SharedAsync("verified-1", "approved");
        (await ReviewAsync(partner, "verified-1", "reject")).Is(409, "KYC_NOT_REVIEWABLE");
        (await ReviewAsync(partner, "nobody-1", "approve")).Is(404);
        (await ReviewAsync(partner, "pending-1", "maybe")).Is(400);
    }

    [Fact]
    public async Task A_decision_ends_the_verification_through_a_link()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('5', "ticket-1");
        (await partner.PostTicketAsync(link)).Is(201);
        await app.IdleAsync();
        (await ReviewAsync(partner, "ticket-1", "approve")).Is(200);
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("ticket-1"));

        var other = await partner.CompleteLinkAsync('2', "ticket-2");
        (await partner.PostTicketAsync(other)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(("cip_failed", "needs_review"), await partner.StandingAsync("ticket-2"));
        (await ReviewAsync(partner, "ticket-2", "reject")).Is(200);
        Assert.Equal(("cip_failed", "failed"), await partner.StandingAsync("ticket-2"));
        Assert.Equal("REJECTED", await partner.Identity.KycAsync("ticket-2"));
    }

    [Fact]
    public async Task A_block_is_told_by_a_webhook_once_and_holds_for_every_reference_until_it_is_taken_off()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        (await partner.Identity.CreateAsync("block-1", "block@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await partner.Identity.CreateAsync("block-2")).Is(201);
        (await partner.Identity.UpdateAsync("block-2", "block@example.org")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var before = inbox.Received.Count;

        foreach (var path in new[] { "block", "block", "unblock" })
        {
            (
                await app.PostAsync(
                    $"/operator/partners/{partner.Id}/identities/block-2/{path}",
                    new { note = "A reason" }
                )
            ).Is(200);
            foreach (var reference in new[] { "block-1", "block-2" })
                Assert.Equal(
                    path == "block",
                    (bool)(await partner.Identity.FindAsync(reference)).Json["account"]!["blocked"]!
                );
            await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        }
        Assert.Equal(
            [true, false],
            inbox.Received.Skip(before).Select(webhook => (bool)webhook.Json["account"]!["blocked"]!)
        );
    }

    [Fact]
    public async Task Reliance_is_for_regulated_partners_only()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.RelyAsync("rely-off")).Is(400, "4005");
        (await partner.Identity.FindAsync("rely-off")).Is(404);
    }

    [Fact]
    public async Task Documents_are_for_partners_with_sharing_only()
    {
        var partner = await app.NewPartnerAsync(settings: new { kycSharing = false });
        (await partner.DocumentsAsync("share-off", new { type = "PASSPORT", image = Png })).Is(400, "4005");
        (await partner.Identity.FindAsync("share-off")).Is(404);
    }

    [Fact]
    public async Task Somebody_who_was_erased_cannot_be_submitted()
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        (await partner.Identity.CreateAsync("gone-1")).Is(201);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/gone-1", null)).Is(200);
        (await partner.RelyAsync("gone-1")).Is(404, "NotFound");
        (await partner.DocumentsAsync("gone-1", new { type = "PASSPORT", image = Png })).Is(404, "NotFound");
    }

    [Fact]
    public async Task A_clean_and_recent_screening_verifies()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { reliance = true, kycWebhooks = true });
        Assert.Equal("""{"identityReference":"rely-1"}""", (await partner.RelyAsync("rely-1")).Is(202).Text);
        (await partner.RelyAsync("rely-1")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("rely-1"));
        Assert.Equal(["UNDER_REVIEW", "VERIFIED"], inbox.Kycs());
    }

    [Theory]
    [InlineData(true, false, 0, true)]
    [InlineData(false, true, 0, false)]
    [InlineData(false, false, 91, false)]
    public async Task A_match_or_an_old_screening_is_left_to_an_operator(
        bool sanctions,
        bool pep,
        int daysAgo,
        bool blocked
    )
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        (await partner.RelyAsync("match-1", sanctions, pep, daysAgo)).Is(202);
        var found = (await partner.Identity.FindAsync("match-1")).Json;
        Assert.Equal(
            ("UNDER_REVIEW", blocked),
            ((string)found["kyc"]!["status"]!, (bool)found["account"]!["blocked"]!)
        );

        // After a match, neither another screening nor a shared token goes past the operator.
        (await partner.RelyAsync("match-1")).Is(202);
        (await partner.Identity.ShareAsync("match-1", "match-1@example.org")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(sanctions || pep ? "UNDER_REVIEW" : "VERIFIED", await partner.Identity.KycAsync("match-1"));
        if (sanctions || pep)
            (await ReviewAsync(partner, "match-1", "approve")).Is(200);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("match-1"));
    }

    [Fact]
    public async Task A_sanctions_match_of_a_verified_person_blocks_the_account()
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        await partner.SharedAsync("listed-1", "approved");
        (await partner.RelyAsync("listed-1", sanctions: true)).Is(202);
        var found = (await partner.Identity.FindAsync("listed-1")).Json;
        Assert.Equal(("VERIFIED", true), ((string)found["kyc"]!["status"]!, (bool)found["account"]!["blocked"]!));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_reliance_is_told_at_once()
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        var reply = await partner.Identity.PostAsync(
            "/eapi/v0/identities/reliance",
            new
            {
                identityReference = "wrong-1",
                email = "wrong@example.org",
                screeningDate = "2999-01-01",
                screeningPepResult = "no",
                customerIdentity = new
                {
                    givenName = "Ana",
                    dob = "yesterday",
                    taxIdType = "ssn",
                    taxId = "1",
                    taxState = "ZZ",
                },
            }
        );
        reply.Is(422);
        Assert.Equal(
            [
                "customerIdentity.dob",
                "customerIdentity.surname",
                "customerIdentity.taxId",
                "customerIdentity.taxState",
                "mobileNumber",
                "screeningDate",
                "screeningPepResult",
                "screeningSanctionsResult",
            ],
            reply.Fields.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Documents_are_kept_sealed_and_put_the_identity_under_review()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.DocumentsAsync(
                "docs-1",
                new { type = "PASSPORT", image = Png },
                new { type = "PROOF_OF_ADDRESS", image = Png },
                new { type = "SELFIE", image = Png }
            )
        ).Is(202);

        Assert.Equal("UNDER_REVIEW", await partner.Identity.KycAsync("docs-1"));
        var rows = await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|docs-1'");
        Assert.Equal(
            ["PASSPORT", "PROOF_OF_ADDRESS", "SELFIE"],
            rows.Where(row => row.RowKey.StartsWith("document|", StringComparison.Ordinal))
                .Select(row => row.GetString("Kind"))
                .Order()
        );
        Assert.Equal(3, rows.Count(row => row.RowKey.StartsWith("file|doc_", StringComparison.Ordinal)));
        Assert.All(
            rows.Where(row => row.RowKey.StartsWith("file|", StringComparison.Ordinal)),
            row => Assert.Equal(-1, row.GetBinary("P00").AsSpan().IndexOf("IHDR"u8))
        );
        Assert.Contains(rows, row => row.RowKey == "field|document");
        Assert.Contains(rows, row => row.RowKey == "field|proofOfAddress");
        (await ReviewAsync(partner, "docs-1", "approve")).Is(200);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("docs-1"));

        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/docs-1", null)).Is(200);
        await app.IdleAsync();
        Assert.DoesNotContain(
            await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|docs-1'"),
            row =>
                row.RowKey.StartsWith("file|", StringComparison.Ordinal)
                || row.RowKey.StartsWith("document|", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Documents_that_are_no_pictures_or_of_no_kind_are_refused_by_their_place()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.DocumentsAsync(
            "docs-2",
            new { type = "PASSPORT", image = "data:image/png;base64,AAAA" },
            new { type = "LETTER", image = Png },
            new { type = "SELFIE" }
        );
        reply.Is(422);
        Assert.Equal(
            ["documents[0].image", "documents[1].type", "documents[2].image"],
            reply.Fields.Order(StringComparer.Ordinal)
        );
        (await partner.DocumentsAsync("docs-2")).Is(422);
        (await partner.Identity.FindAsync("docs-2")).Is(404);
    }

    /// <summary>As Banxa's own clients send them: several pictures of a document, and its number.</summary>
    [Fact]
    public async Task Documents_are_taken_in_the_shape_of_the_official_clients()
    {
        var partner = await app.NewPartnerAsync();
        object[] documents =
        [
            new
            {
                type = "DRIVING_LICENSE",
                images = new[] { new { link = Png }, new { link = Png } },
                data = new { number = "CANARY-4711" },
            },
            new
            {
                type = "SELFIE",
                images = new[] { new { link = Png } },
                data = new { },
            },
        ];
        (await OfClientsAsync(partner, "docs-3", documents)).Is(202);
        Assert.Equal("UNDER_REVIEW", await partner.Identity.KycAsync("docs-3"));
        var rows = await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|docs-3'");
        var kept = rows.Where(row => row.RowKey.StartsWith("document|", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            ["DRIVING_LICENSE", "DRIVING_LICENSE", "SELFIE"],
            kept.Select(row => row.GetString("Kind")).Order()
        );
        // The number is sealed like every value.
        Assert.Equal(2, kept.Count(row => row.GetBinary("Number") is { Length: > 11 }));
        Assert.All(
            kept,
            row =>
                Assert.DoesNotContain(
                    "CANARY",
                    System.Text.Encoding.Latin1.GetString(row.GetBinary("Number") ?? []),
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task Nothing_is_fetched_for_a_document_and_what_is_wrong_is_named_by_its_place()
    {
        var partner = await app.NewPartnerAsync();
        object[] documents =
        [
            new { type = "PASSPORT", images = new[] { new { link = "https://partner.test/passport.png" } } },
            new
            {
                type = "LETTER",
                images = new[] { new { link = Png } },
                data = new { number = new string('9', 101) },
            },
            new { type = "SELFIE", images = Array.Empty<object>() },
            new { type = "SELFIE" },
            new { type = "SELFIE", images = new[] { new { url = Png } } },
        ];
        var reply = (await OfClientsAsync(partner, "docs-4", documents)).Is(422);
        Assert.Equal(
            [
                "identityDocuments[0].images[0].link",
                "identityDocuments[1].data.number",
                "identityDocuments[1].type",
                "identityDocuments[2].images",
                "identityDocuments[3].images",
                "identityDocuments[4].images[0].link",
            ],
            reply.Fields.Order(StringComparer.Ordinal)
        );
        Assert.Contains("nothing is fetched from a link", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("partner.test", reply.Text, StringComparison.Ordinal);
        var many = new { type = "SELFIE", images = Enumerable.Repeat(new { link = Png }, 6).ToArray() };
        Assert.Equal(["identityDocuments"], (await OfClientsAsync(partner, "docs-4", many, many)).Is(422).Fields);
        (await partner.Identity.FindAsync("docs-4")).Is(404);
    }

    [Fact]
    public async Task What_is_no_field_of_a_document_is_named_by_its_place()
    {
        var partner = await app.NewPartnerAsync();
        object[] documents =
        [
            new
            {
                type = "PASSPORT",
                images = new object[] { new { link = Png }, new { link = Png, side = "back" } },
                data = new { number = "P1", expiry = "2030-01-01" },
            },
        ];
        Assert.Equal(
            "identityDocuments[0].images[1].side is no field, so it was ignored; "
                + "identityDocuments[0].data.expiry is no field, so it was ignored",
            (await OfClientsAsync(partner, "docs-5", documents)).Is(202)["X-Warnings"]
        );
    }

    private static Task<Reply> OfClientsAsync(
        TestPartner partner,
        string reference,
        params object[] identityDocuments
    ) => partner.DocumentsAsync(reference, documents: null, identityDocuments);

    private static Task<Reply> ReviewAsync(TestPartner partner, string reference, string decision) =>
        partner.App.PostAsync(
            $"/operator/partners/{partner.Id}/identities/{reference}/review",
            new { decision, note = "A note" }
        );
}
