using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Identities;

/// <summary>What a partner's support staff sees of an account, by reference or by address.</summary>
public sealed class SearchIdentitiesTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Search = "/partner/identities/search";

    [Fact]
    public async Task An_account_is_found_by_each_reference_and_by_its_address_with_its_history_and_merges()
    {
        var partner = await app.NewPartnerAsync();
        const string Email = "ana.torres@mail.example.org";
        (await partner.Identity.CreateAsync("old", Email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("new")).Is(201);
        (await partner.Identity.UpdateAsync("new", Email)).Is(200);
        await app.IdleAsync();
        await partner.DecidedAsync('0', "new");
        await app.IdleAsync();

        var byEmail = (await partner.PostAsync(Search, new { email = Email })).Is(200);
        var found = byEmail.Data;
        Assert.Equal("new", (string)found["identityReference"]!);
        Assert.Equal(["old", "new"], found["references"]!.AsArray().Select(reference => (string)reference!));
        Assert.Equal("VERIFIED", (string)found["kyc"]!["status"]!);
        Assert.Equal(
            ["UNDER_REVIEW", "VERIFIED"],
            found["kycHistory"]!.AsArray().Select(change => (string)change!["status"]!)
        );
        var merge = Assert.Single(found["merges"]!.AsArray())!;
        Assert.Equal(
            ("new", "old", "new"),
            ((string)merge["from"]!, (string)merge["into"]!, (string)merge["arrivedOn"]!)
        );
        var address = Assert.Single(found["emails"]!.AsArray())!;
        Assert.Equal(("a•••@m•••.org", "new"), ((string)address["masked"]!, (string)address["identityReference"]!));
        Assert.DoesNotContain("torres", byEmail.Text, StringComparison.OrdinalIgnoreCase);

        foreach (var reference in new[] { "old", "new" })
        {
            var byReference = (await partner.PostAsync(Search, new { identityReference = reference })).Is(200).Data;
            Assert.Equal(reference, (string)byReference["identityReference"]!);
            Assert.Equal(found["references"]!.ToJsonString(), byReference["references"]!.ToJsonString());
            Assert.Equal(found["kycHistory"]!.ToJsonString(), byReference["kycHistory"]!.ToJsonString());
            Assert.Null(byReference["emails"]![0]!["masked"]);
        }
    }

    [Fact]
    public async Task After_an_undo_there_are_two_accounts_again_and_the_merge_is_still_told_of()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("old", "ana@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("new")).Is(201);
        (await partner.Identity.UpdateAsync("new", "ana@example.org")).Is(200);
        await app.IdleAsync();
        var merged = (await partner.PostAsync(Search, new { identityReference = "new" })).Is(200).Data;
        var merge = (string)Assert.Single(merged["merges"]!.AsArray())!["mergeId"]!;

        (await app.PostAsync($"/operator/merges/{merge}/undo")).Is(200);
        await app.IdleAsync();
        var alone = (await partner.PostAsync(Search, new { identityReference = "new" })).Is(200).Data;
        Assert.Equal(["new"], alone["references"]!.AsArray().Select(reference => (string)reference!));
        var old = (await partner.PostAsync(Search, new { identityReference = "old" })).Is(200).Data;
        Assert.Equal(["old"], old["references"]!.AsArray().Select(reference => (string)reference!));
        Assert.NotNull(Assert.Single(old["merges"]!.AsArray())!["undoneAt"]);
    }

    [Fact]
    public async Task A_person_who_came_by_a_link_is_found_and_an_erased_one_is_not()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("by:link@1");
        var found = (await partner.PostAsync(Search, new { identityReference = "by:link@1" })).Is(200).Data;
        Assert.False((bool)found["account"]!["exists"]!);
        Assert.Empty(found["emails"]!.AsArray());
        Assert.Equal("PENDING", (string)found["kyc"]!["status"]!);
        (await partner.SendAsync(HttpMethod.Delete, $"/partner/users/{link.Reference}", null)).Is(200);
        await app.IdleAsync();
        (await partner.PostAsync(Search, new { identityReference = "by:link@1" })).Is(404, "RESOURCE_NOT_FOUND");
    }

    [Fact]
    public async Task Another_partners_identity_is_not_there_by_reference_or_address()
    {
        var (partner, other) = (await app.NewPartnerAsync(), await app.NewPartnerAsync());
        (await other.Identity.CreateAsync("theirs", "theirs@example.org")).Is(201);
        (await partner.PostAsync(Search, new { identityReference = "theirs" })).Is(404);
        (await partner.PostAsync(Search, new { email = "theirs@example.org" })).Is(404);
        (await partner.Identity.CreateAsync("mine", "mine@example.org")).Is(201);
        (await partner.PostAsync(Search, new { email = "theirs@example.org" })).Is(404);
        (await other.PostAsync(Search, new { email = " THEIRS@example.org " })).Is(200);
    }

    [Theory]
    [InlineData("""{}""", "body")]
    [InlineData("""{"identityReference":"a","email":"a@example.org"}""", "body")]
    [InlineData("""{"email":"nothing"}""", "email")]
    [InlineData("""{"identityReference":"a b"}""", "identityReference")]
    [InlineData("""{"identityReference":7}""", "identityReference")]
    public async Task A_search_for_nothing_or_for_both_is_refused(string body, string field)
    {
        var partner = await app.NewPartnerAsync();
        var refused = (await partner.PostAsync(Search, body)).Is(400, "INVALID_REQUEST");
        Assert.Contains(field, refused.Fields);
        Assert.DoesNotContain("nothing", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Searches_have_a_limit_of_their_own_against_trying_addresses()
    {
        var partner = await app.NewPartnerAsync();
        for (var i = 0; i < 30; i++)
            (await partner.PostAsync(Search, new { email = $"guess{i}@example.org" })).Is(404);
        (await partner.PostAsync(Search, new { email = "guess@example.org" })).Is(429, "RATE_LIMIT_EXCEEDED");
        (await partner.GetAsync("/partner/me")).Is(200);
    }
}
