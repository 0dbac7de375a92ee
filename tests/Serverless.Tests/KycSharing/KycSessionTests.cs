using System.Text.Json.Nodes;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>Contract identities, section 3.10: standalone KYC with the hosted screens.</summary>
public sealed class KycSessionTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_session_leads_through_the_verification_and_ends_there()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { standaloneKyc = true, kycWebhooks = true });
        var session = (await StartAsync(partner, "session-1", new { externalCustomerId = "session-1", tier = "enhanced", country = "MX", returnUrl = "https://partner.test/back" })).Is(200).Json;
        Assert.Equal(["redirectUrl", "expiresAt"], session.AsObject().Select(member => member.Key));
        var link = LinkOf(partner, session);

        var page = (await link.PageAsync()).Is(200).Text;
        Assert.Contains("Let us verify your identity", page, StringComparison.Ordinal);
        Assert.DoesNotContain("transfer", page, StringComparison.OrdinalIgnoreCase);

        var visitor = await Visitor.OpenAsync(app, link);
        var state = (await visitor.StateAsync()).Is(200).Data;
        Assert.Equal(("data", true, "https://partner.test/back"), ((string)state["step"]!, (bool)state["kycOnly"]!, (string)state["returnUrl"]!));
        (await visitor.PutAsync(Samples.FullUserData().With("idNumber", CipSteps.Curp('0')))).Is(200);
        (await visitor.PostAsync("cip", new { })).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("done", (string)(await visitor.StateAsync()).Is(200).Data["step"]!);
        (await visitor.PostAsync("quote", new { send = 100 })).Is(404);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("session-1"));
        Assert.Equal(["UNDER_REVIEW", "VERIFIED"], inbox.Received.Where(webhook => webhook.IsKyc()).Select(webhook => (string)webhook.Json["kyc"]!["status"]!));
    }

    [Fact]
    public async Task The_same_customer_gets_the_same_session_while_it_lives_also_of_many_at_once()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => StartAsync(partner, "again-1")));
        var first = Assert.Single(replies.Select(reply => reply.Is(200).Text).Distinct());
        var changed = (await StartAsync(partner, "again-1", new { externalCustomerId = "again-1", returnUrl = "https://partner.test/other" })).Is(200);
        Assert.Equal(first, changed.Text);
        Assert.Equal("https://partner.test/other", (string)(await (await Visitor.OpenAsync(app, LinkOf(partner, changed.Json))).StateAsync()).Data["returnUrl"]!);
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
        (await app.PostAsync($"/{other.Id}/v2/kyc/sessions", new { externalCustomerId = "x-1" }, ("x-api-key", "nonsense"))).Is(401);
        (await other.GetAsync($"/{other.Id}/v2/kyc/sessions")).Is(405);
        (await StartAsync(other, "x-1", new { externalCustomerId = "not ok", tier = "gold", country = "XX", returnUrl = "javascript:alert(1)" })).Is(422);
    }

    [Fact]
    public async Task A_link_for_a_transfer_that_is_in_use_is_not_replaced()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        await partner.CreateLinkAsync("busy-1");
        (await StartAsync(partner, "busy-1")).Is(409, "LinkInUse");
        (await partner.PostLinkAsync(new { referenceId = "busy-2", flow = "kyc" })).Is(400);
    }

    private static Task<Reply> StartAsync(TestPartner partner, string customer, object? body = null) =>
        partner.PostAsync($"/{partner.Id}/v2/kyc/sessions", body ?? new { externalCustomerId = customer });

    private static TestLink LinkOf(TestPartner partner, JsonNode session)
    {
        var url = new Uri((string)session["redirectUrl"]!);
        return new TestLink(partner, new JsonObject { ["linkId"] = url.Segments[^2].TrimEnd('/'), ["url"] = url.ToString() });
    }
}
