using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Tests.KycSharing;
using Xunit;

namespace Serverless.Tests.Identities;

/// <summary>Two references of one person become one account because the partner asks for it.</summary>
public sealed class MergeOnRequestTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_references_become_one_account_that_the_list_shows_and_that_an_undo_makes_two_again()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, settings: new { kycWebhooks = true });
        await partner.SharedAsync("asked-1", "approved");
        (await partner.Identity.CreateAsync("asked-2")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));

        var merged = (await MergeAsync(partner, "asked-2", "asked-1")).Is(200).Data;
        Assert.Equal(("asked-2", "asked-1"), ((string)merged["from"]!, (string)merged["into"]!));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("asked-2"));
        var again = (await MergeAsync(partner, "asked-1", "asked-2")).Is(200).Data;
        Assert.Equal((string)merged["mergeId"]!, (string)again["mergeId"]!);
        Assert.Equal("asked-1", (string)again["into"]!);

        var entry = (await app.GetAsync($"/operator/merges?partnerId={partner.Id}")).Is(200).Data["items"]![0]!;
        Assert.Equal(
            ((string)merged["mergeId"]!, "Request", "merged", "asked-2"),
            (
                (string)entry["mergeId"]!,
                (string)entry["channel"]!,
                (string)entry["outcome"]!,
                (string)entry["arrivedOn"]!
            )
        );
        Assert.Null(entry["emailHash"]);

        (await app.PostAsync($"/operator/merges/{(string)merged["mergeId"]!}/undo")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("PENDING", await partner.Identity.KycAsync("asked-2"));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("asked-1"));
        // And once more: another merge.
        var third = (await MergeAsync(partner, "asked-1", "asked-2")).Is(200).Data;
        Assert.NotEqual((string)merged["mergeId"]!, (string)third["mergeId"]!);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("asked-2"));
    }

    [Fact]
    public async Task Addresses_of_both_lead_to_the_account_and_return_with_an_undo()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("mail-1", "mail-1@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("mail-2", "mail-2@example.org")).Is(201);
        var merged = (await MergeAsync(partner, "mail-1", "mail-2")).Is(200).Data;
        await app.IdleAsync();
        foreach (var email in new[] { "mail-1@example.org", "mail-2@example.org" })
            Assert.True((bool)(await partner.Identity.FindAsync("any", email)).Is(200).Json["account"]!["exists"]!);
        (await app.PostAsync($"/operator/partners/{partner.Id}/identities/mail-2/block")).Is(200);
        Assert.True((bool)(await partner.Identity.FindAsync("mail-1")).Json["account"]!["blocked"]!);
        (await app.PostAsync($"/operator/partners/{partner.Id}/identities/mail-2/unblock")).Is(200);
        (await app.PostAsync($"/operator/merges/{(string)merged["mergeId"]!}/undo")).Is(200);
        await app.IdleAsync();
        Assert.Equal(
            "mail-2",
            (string)(await partner.Identity.FindAsync("any", "mail-2@example.org")).Is(200).Json["identityReference"]!
        );
        Assert.Equal(
            "mail-1",
            (string)(await partner.Identity.FindAsync("any", "mail-1@example.org")).Is(200).Json["identityReference"]!
        );
    }

    [Fact]
    public async Task Two_who_are_verified_as_different_people_stay_two_and_the_list_shows_it()
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        (await partner.RelyAsync("other-1")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.RelyAsync("other-2", givenName: "Berta")).Is(202);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("other-2"));
        (await MergeAsync(partner, "other-1", "other-2")).Is(409, "MERGE_CONFLICT");
        var entry = (await app.GetAsync($"/operator/merges?partnerId={partner.Id}")).Is(200).Data["items"]![0]!;
        Assert.Equal(("conflict", "Request"), ((string)entry["outcome"]!, (string)entry["channel"]!));
    }

    [Fact]
    public async Task Many_calls_at_once_come_to_one_merge()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("race-1")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("race-2")).Is(201);
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(number =>
                    number % 2 == 0 ? MergeAsync(partner, "race-1", "race-2") : MergeAsync(partner, "race-2", "race-1")
                )
        );
        Assert.Single(replies.Select(reply => (string)reply.Is(200).Data["mergeId"]!).Distinct());
    }

    [Fact]
    public async Task Nobody_is_merged_with_itself_with_a_stranger_or_with_somebody_who_was_erased()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("alone-1")).Is(201);
        (await partner.Identity.CreateAsync("alone-2")).Is(201);
        Assert.Equal(["otherReference"], (await MergeAsync(partner, "alone-1", "alone-1")).Is(400).Fields);
        (await MergeAsync(partner, "alone-1", "nobody")).Is(404);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/alone-2", null)).Is(200);
        (await MergeAsync(partner, "alone-1", "alone-2")).Is(404);
        var other = await app.NewPartnerAsync();
        (await other.Identity.CreateAsync("alone-3")).Is(201);
        (await MergeAsync(partner, "alone-1", "alone-3")).Is(404);
    }

    [Fact]
    public async Task An_account_that_would_have_more_references_than_it_may_is_not_made()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("full-1")).Is(201);
        (await partner.Identity.CreateAsync("full-2")).Is(201);
        var root = new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage("full-1"));
        var full = new Account(root)
        {
            Members = [.. Enumerable.Range(0, Account.MaxMembers - 1).Select(number => $"full-1-{number:d4}")],
        };
        await app.Table("Users").UpsertEntityAsync(full.ToRow(), cancellationToken: Cancel);
        (await MergeAsync(partner, "full-2", "full-1")).Is(409, "ACCOUNT_FULL");
        (await MergeAsync(partner, "full-1", "full-2")).Is(409, "ACCOUNT_FULL");
        Assert.Equal("full-2", (string)(await partner.Identity.FindAsync("full-2")).Is(200).Json["identityReference"]!);
    }

    private Task<Reply> MergeAsync(TestPartner partner, string reference, string otherReference) =>
        app.PostAsync($"/operator/partners/{partner.Id}/identities/merge", new { reference, otherReference });
}
