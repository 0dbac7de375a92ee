using System.Text.Json.Nodes;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>Standalone KYC with the hosted screens.</summary>
public sealed class KycSessionTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_session_leads_through_the_verification_and_ends_there()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { standaloneKyc = true, kycWebhooks = true });
        var session = (
            await StartAsync(
                partner,
                "session-1",
                new
                {
                    externalCustomerId = "session-1",
                    tier = "enhanced",
                    country = "MX",
                    returnUrl = "https://partner.test/back",
                }
            )
        ).Is(200).Json;
        Assert.Equal(["redirectUrl", "expiresAt"], session.AsObject().Select(member => member.Key));
        var link = LinkOf(partner, session);

        var page = (await link.PageAsync()).Is(200).Text;
        Assert.Contains("Let us verify your identity", page, StringComparison.Ordinal);
        Assert.DoesNotContain("transfer", page, StringComparison.OrdinalIgnoreCase);

        var visitor = await Visitor.OpenAsync(app, link);
        var state = (await visitor.StateAsync()).Is(200).Data;
        Assert.Equal(
            ("data", true, "https://partner.test/back"),
            ((string)state["step"]!, (bool)state["kycOnly"]!, (string)state["returnUrl"]!)
        );
        (await visitor.PutAsync(Samples.FullUserData().With("idNumber", CipSteps.Curp('0')))).Is(200);
        (await visitor.PostAsync("cip", new { })).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("done", (string)(await visitor.StateAsync()).Is(200).Data["step"]!);
        (await visitor.PostAsync("quote", new { send = 100 })).Is(404);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("session-1"));
        Assert.Equal(
            ["UNDER_REVIEW", "VERIFIED"],
            inbox.Received.Where(webhook => webhook.IsKyc()).Select(webhook => (string)webhook.Json["kyc"]!["status"]!)
        );
    }

    [Fact]
    public async Task The_same_customer_gets_the_same_session_while_it_lives_also_of_many_at_once()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => StartAsync(partner, "again-1")));
        var first = Assert.Single(replies.Select(reply => reply.Is(200).Text).Distinct());
        var changed = (
            await StartAsync(
                partner,
                "again-1",
                new { externalCustomerId = "again-1", returnUrl = "https://partner.test/other" }
            )
        ).Is(200);
        Assert.Equal(first, changed.Text);
        Assert.Equal(
            "https://partner.test/other",
            (string)
                (await (await Visitor.OpenAsync(app, LinkOf(partner, changed.Json))).StateAsync()).Data["returnUrl"]!
        );
        await app.AdvanceAsync(TimeSpan.FromHours(25));
        Assert.NotEqual(first, (await StartAsync(partner, "again-1")).Is(200).Text);
    }

    [Fact]
    public async Task It_is_403_until_it_is_enabled_and_nobody_elses_path_is_known()
    {
        var partner = await app.NewPartnerAsync();
        (await StartAsync(partner, "off-1")).Is(403, "StandaloneKycNotEnabled");
        var other = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        (await other.PostAsync($"/{partner.Id}/v2/kyc/sessions", new { externalCustomerId = "x-1" })).Is(404);
        (await app.PostAsync($"/{other.Id}/v2/kyc/sessions", new { externalCustomerId = "x-1" })).Is(401);
        (
            await app.PostAsync(
                $"/{other.Id}/v2/kyc/sessions",
                new { externalCustomerId = "x-1" },
                ("x-api-key", "nonsense")
            )
        ).Is(401);
        (await other.GetAsync($"/{other.Id}/v2/kyc/sessions")).Is(405);
        (
            await StartAsync(
                other,
                "x-1",
                new
                {
                    externalCustomerId = "not ok",
                    tier = "gold",
                    country = "XX",
                    returnUrl = "javascript:alert(1)",
                }
            )
        ).Is(422);
    }

    [Fact]
    public async Task A_link_for_a_transfer_that_is_in_use_is_not_replaced()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        await partner.CreateLinkAsync("busy-1");
        (await StartAsync(partner, "busy-1")).Is(409, "LinkInUse");
        (await partner.PostLinkAsync(new { referenceId = "busy-2", flow = "kyc" })).Is(400);
    }

    /// <summary>
    /// An app's own link is where its person goes back to; what a browser does something with itself is none.
    /// </summary>
    [Theory]
    [InlineData("myapp://kyc/done", true)]
    [InlineData("com.example.app://kyc?id=1&x=%20", true)]
    [InlineData("MyApp://", true)]
    [InlineData("com.example.app:/kyc/done", true)]
    [InlineData("https://partner.test/back", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("javascript://x/%0aalert(1)", false)]
    [InlineData("JavaScript://x/%0aalert(1)", false)]
    [InlineData(" javascript://x", false)]
    [InlineData("java\tscript://x", false)]
    [InlineData("data://text/html,x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("blob://x", false)]
    [InlineData("about://blank", false)]
    [InlineData("vbscript://x", false)]
    [InlineData("intent://x#Intent;S.browser_fallback_url=http://evil.example;end", false)]
    [InlineData("ftp://partner.test/x", false)]
    [InlineData("myapp:done", false)]
    [InlineData("myapp:/done", false)]
    [InlineData("com.example.app:done", false)]
    [InlineData("javascript:/x/.alert(1)", false)]
    [InlineData("myapp://a b", false)]
    [InlineData("myapp://\"x", false)]
    [InlineData("m://done", false)]
    [InlineData("//partner.test/back", false)]
    [InlineData("done", false)]
    public async Task A_session_leads_back_to_a_page_or_into_an_app(string returnUrl, bool taken)
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var reply = await StartAsync(partner, "back-1", new { externalCustomerId = "back-1", returnUrl });
        if (!taken)
        {
            Assert.Equal(["returnUrl"], reply.Is(422).Json["errors"]!.AsObject().Select(field => field.Key));
            return;
        }
        var state = await (await Visitor.OpenAsync(app, LinkOf(partner, reply.Is(200).Json))).StateAsync();
        Assert.Equal(returnUrl, (string)state.Data["returnUrl"]!);
    }

    /// <summary>
    /// One rule wherever a reference is made; who came by a link is known by the reference that it has.
    /// </summary>
    [Theory]
    [InlineData("ana@example.org")]
    [InlineData("user_123")]
    [InlineData("user.9")]
    [InlineData("+5255")]
    public async Task A_new_reference_is_of_letters_digits_and_hyphens_whatever_makes_it(string reference)
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true, reliance = true });
        var identity = partner.Identity;
        var customer = new JsonObject
        {
            ["identityReference"] = reference,
            ["email"] = "someone@example.org",
            ["mobileNumber"] = "+525512345678",
            ["customerIdentity"] = new JsonObject
            {
                ["givenName"] = "Ana",
                ["surname"] = "Ruiz",
                ["dob"] = "1990-01-01",
            },
            ["documents"] = new JsonArray(
                new JsonObject { ["type"] = "SELFIE", ["image"] = "data:image/png;base64,iVBORw0KGgo=" }
            ),
            ["screeningDate"] = "2026-01-01",
            ["screeningSanctionsResult"] = false,
            ["screeningPepResult"] = false,
        };
        foreach (var step in Enumerable.Range(0, 2))
        {
            var known = step == 1;
            (string Field, Reply Reply)[] made =
            [
                ("externalCustomerId", await StartAsync(partner, reference)),
                ("identityReference", await identity.ShareAsync(reference, "someone@example.org")),
                ("identityReference", await identity.PostAsync("/eapi/v0/identities/share/documents", customer)),
                ("identityReference", await identity.PostAsync("/eapi/v0/identities/reliance", customer)),
            ];
            foreach (var (field, reply) in made)
            {
                Assert.Equal(!known, reply.Status == 422);
                if (known)
                    continue;
                var errors = reply.Json["errors"]!.AsObject();
                Assert.Equal([field], errors.Select(error => error.Key));
                Assert.Contains("letters, digits or hyphens", errors[field]!.ToJsonString(), StringComparison.Ordinal);
            }
            if (!known)
            {
                (await partner.GetAsync($"/partner/users/{Uri.EscapeDataString(reference)}")).Is(404);
                (await (await partner.CreateLinkAsync(reference)).RevokeAsync()).Is(200);
            }
        }
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Null_is_refused_in_documents_and_says_nothing_in_a_session()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var passport = JsonNode.Parse("""{"type":"PASSPORT","image":null}""")!;
        var documents = await partner.DocumentsAsync("null-1", passport);
        Assert.Equal(["documents[0].image"], documents.Is(400, "4002").Fields);
        (await partner.GetAsync("/partner/users/null-1")).Is(404);
        var session = JsonNode.Parse("""{"externalCustomerId":"null-1","country":null}""");
        (await StartAsync(partner, "null-1", session)).Is(200);
    }

    private static Task<Reply> StartAsync(TestPartner partner, string customer, object? body = null) =>
        partner.PostAsync($"/{partner.Id}/v2/kyc/sessions", body ?? new { externalCustomerId = customer });

    private static TestLink LinkOf(TestPartner partner, JsonNode session)
    {
        var url = new Uri((string)session["redirectUrl"]!);
        return new TestLink(
            partner,
            new JsonObject { ["linkId"] = url.Segments[^2].TrimEnd('/'), ["url"] = url.ToString() }
        );
    }
}
