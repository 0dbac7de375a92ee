using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Identities;

/// <summary>
/// What two accounts become, what is told of it, and how it is taken back.
/// </summary>
public sealed class MergeTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Email = "ana@example.org";
    private const string OnePoint =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Fact]
    public async Task The_newer_reference_inherits_the_verification_of_the_older_one()
    {
        var partner = await app.NewPartnerAsync();
        await VerifiedAsync(partner, "old");
        (await partner.Identity.UpdateAsync("old", Email)).Is(200);
        (await partner.Identity.CreateAsync("new")).Is(201);
        Assert.Equal("PENDING", await partner.Identity.KycAsync("new"));

        (await partner.Identity.UpdateAsync("new", Email)).Is(200);

        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("new"));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("old"));
        // Links of the newer reference need no verification of their own.
        await app.IdleAsync();
        Assert.Equal("cip_verified", (await partner.StandingAsync("new")).Status);
    }

    [Fact]
    public async Task The_older_reference_survives_also_where_the_newer_one_held_the_address()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("older")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        await VerifiedAsync(partner, "younger");
        (await partner.Identity.UpdateAsync("younger", Email)).Is(200);
        var createdAt = (string)(await partner.Identity.FindAsync("older")).Json["account"]!["createdAt"]!;

        (await partner.Identity.UpdateAsync("older", Email)).Is(200);

        foreach (var reference in new[] { "older", "younger" })
        {
            Assert.Equal("VERIFIED", await partner.Identity.KycAsync(reference));
            Assert.Equal(
                createdAt,
                (string)(await partner.Identity.FindAsync(reference)).Json["account"]!["createdAt"]!
            );
        }
        Assert.Equal("older", (string)(await partner.Identity.FindAsync("x", Email)).Json["identityReference"]!);
    }

    [Fact]
    public async Task A_verification_through_a_link_of_any_reference_is_the_account_s()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("root", Email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("alias")).Is(201);
        (await partner.Identity.UpdateAsync("alias", Email)).Is(200);
        await app.IdleAsync();

        await VerifiedAsync(partner, "alias");

        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("alias"));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("root"));
        Assert.Equal("cip_verified", (await partner.StandingAsync("root")).Status);
    }

    [Fact]
    public async Task The_old_address_keeps_leading_to_the_account()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("one", "first@example.org")).Is(201);
        (await partner.Identity.UpdateAsync("one", "second@example.org")).Is(200);

        Assert.Equal(
            "one",
            (string)(await partner.Identity.FindAsync("x", "first@example.org")).Is(200).Json["identityReference"]!
        );
        Assert.Equal(
            "one",
            (string)(await partner.Identity.FindAsync("x", "second@example.org")).Is(200).Json["identityReference"]!
        );
        (await partner.Identity.CreateAsync("two", "first@example.org")).Is(422);
    }

    [Fact]
    public async Task The_same_address_again_changes_nothing()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("same", Email)).Is(201);
        (await partner.Identity.UpdateAsync("same", Email)).Is(200);
        var before = await StateAsync(partner);

        (await partner.Identity.UpdateAsync("same", Email)).Is(200);

        Assert.Equal(before, await StateAsync(partner));
    }

    [Fact]
    public async Task Two_people_who_are_verified_as_different_ones_are_not_merged_and_an_operator_is_told()
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        await VerifiedAsync(partner, "ana");
        (await partner.Identity.UpdateAsync("ana", Email)).Is(200);
        await VerifiedAsync(partner, "ben", givenName: "Ben");

        var refused = await partner.Identity.UpdateAsync("ben", Email, new { occupation = "Baker" });

        Assert.Equal("IdentityMergeConflict", (string)refused.Is(422).Json["code"]!);
        var customer = new JsonObject
        {
            ["identityReference"] = "ben",
            ["email"] = Email,
            ["mobileNumber"] = "+525512345678",
            ["customerIdentity"] = new JsonObject
            {
                ["givenName"] = "Ben",
                ["surname"] = "Torres",
                ["dob"] = "1990-05-14",
            },
        };
        var documents = customer.DeepClone();
        documents["documents"] = new JsonArray(new JsonObject { ["type"] = "PASSPORT", ["image"] = OnePoint });
        (await partner.Identity.PostAsync("/eapi/v0/identities/share/documents", documents)).Is(
            422,
            "IdentityMergeConflict"
        );
        customer["screeningDate"] = $"{app.Clock.GetUtcNow():yyyy-MM-dd}";
        customer["screeningSanctionsResult"] = false;
        customer["screeningPepResult"] = false;
        (await partner.Identity.PostAsync("/eapi/v0/identities/reliance", customer)).Is(422, "IdentityMergeConflict");
        await partner.Identity.UpdateAsync("ben", Email);
        Assert.Equal("ana", (string)(await partner.Identity.FindAsync("x", Email)).Json["identityReference"]!);
        Assert.False((bool)(await partner.Identity.FindAsync("ben")).Json["account"]!["exists"]!);
        var flagged = Assert.Single(await MergesAsync(partner, "&outcome=conflict"));
        Assert.Equal(("ben", "ana"), ((string)flagged["from"]!, (string)flagged["into"]!));
    }

    [Fact]
    public async Task Every_merge_is_in_the_operator_s_list()
    {
        var partner = await app.NewPartnerAsync();
        var merge = await MergedAsync(partner);

        Assert.Equal(
            ("new", "old", "patch", "new", "merged"),
            (
                (string)merge["from"]!,
                (string)merge["into"]!,
                ((string)merge["channel"]!).ToLowerInvariant(),
                (string)merge["arrivedOn"]!,
                (string)merge["outcome"]!
            )
        );
        Assert.Matches("^[0-9a-f]{64}$", (string)merge["emailHash"]!);
        Assert.Empty(await MergesAsync(await app.NewPartnerAsync(), ""));
        (await app.GetAsync("/operator/merges")).Is(400, "INVALID_REQUEST");
    }

    [Fact]
    public async Task An_undone_merge_is_two_accounts_again()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("old", Email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        await VerifiedAsync(partner, "new");
        (await partner.Identity.UpdateAsync("new", "new@example.org")).Is(200);
        var before = (await partner.Identity.FindAsync("old")).Text + (await partner.Identity.FindAsync("new")).Text;
        (await partner.Identity.UpdateAsync("new", Email)).Is(200);
        await app.IdleAsync();
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("old"));
        Assert.Equal("cip_verified", (await partner.StandingAsync("old")).Status);
        var merge = Assert.Single(await MergesAsync(partner, ""));

        (await app.PostAsync($"/operator/merges/{merge["mergeId"]}/undo")).Is(200);

        await app.IdleAsync();
        Assert.Equal(
            before,
            (await partner.Identity.FindAsync("old")).Text + (await partner.Identity.FindAsync("new")).Text
        );
        Assert.Equal("old", (string)(await partner.Identity.FindAsync("x", Email)).Json["identityReference"]!);
        Assert.Equal(
            "new",
            (string)(await partner.Identity.FindAsync("x", "new@example.org")).Json["identityReference"]!
        );
        Assert.NotEqual("cip_verified", (await partner.StandingAsync("old")).Status);
        Assert.Equal("undone", (string)Assert.Single(await MergesAsync(partner, ""))["outcome"]!);
        // Again is the same answer, and the same address merges them again.
        (await app.PostAsync($"/operator/merges/{merge["mergeId"]}/undo")).Is(200);
        (await partner.Identity.UpdateAsync("new", Email)).Is(200);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("old"));
    }

    [Fact]
    public async Task An_entry_of_the_list_of_merges_has_the_time_in_its_id_as_those_of_the_other_lists()
    {
        var partner = await app.NewPartnerAsync();
        await MergedAsync(partner);
        var filter = $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'";
        foreach (var table in new[] { "Merges", "Links" })
        {
            if (table == "Links")
                await partner.CreateLinkAsync();
            var row = Assert.Single(await app.RowsAsync(table, filter));
            Assert.Equal(Functions.Storage.TimeIndex.IdOf(row).Time, row.GetDateTimeOffset("CreatedAt"));
        }
    }

    [Fact]
    public async Task The_references_of_an_undone_merge_return_with_their_root()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("first", "first@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("second", Email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("third")).Is(201);
        (await partner.Identity.UpdateAsync("third", Email)).Is(200);
        await app.IdleAsync();
        var second = (await partner.Identity.FindAsync("second")).Json["account"]!.ToJsonString();
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.UpdateAsync("first", Email)).Is(200);
        await app.IdleAsync();
        var newest = (await MergesAsync(partner, "")).MaxBy(merge => (string)merge["mergeId"]!)!;
        Assert.Equal("second", (string)newest["from"]!);

        (await app.PostAsync($"/operator/merges/{newest["mergeId"]}/undo")).Is(200);

        foreach (var settled in new[] { false, true })
        {
            if (settled)
                await app.IdleAsync();
            Assert.Equal(second, (await partner.Identity.FindAsync("second")).Json["account"]!.ToJsonString());
            Assert.Equal(second, (await partner.Identity.FindAsync("third")).Json["account"]!.ToJsonString());
            Assert.NotEqual(second, (await partner.Identity.FindAsync("first")).Json["account"]!.ToJsonString());
            Assert.Equal("third", (string)(await partner.Identity.FindAsync("x", Email)).Json["identityReference"]!);
        }
    }

    [Fact]
    public async Task A_merge_cannot_be_undone_after_a_month_after_a_verification_or_before_a_later_one()
    {
        var partner = await app.NewPartnerAsync();
        var merge = await MergedAsync(partner);
        await app.AdvanceAsync(TimeSpan.FromDays(30) + TimeSpan.FromMinutes(1));
        (await app.PostAsync($"/operator/merges/{merge["mergeId"]}/undo")).Is(409, "MERGE_NOT_UNDOABLE");

        var other = await app.NewPartnerAsync();
        merge = await MergedAsync(other);
        await VerifiedAsync(other, "new");
        (await app.PostAsync($"/operator/merges/{merge["mergeId"]}/undo")).Is(409, "MERGE_NOT_UNDOABLE");

        var third = await app.NewPartnerAsync();
        merge = await MergedAsync(third);
        (await third.Identity.CreateAsync("newest")).Is(201);
        (await third.Identity.UpdateAsync("newest", Email)).Is(200);
        await app.IdleAsync();
        (await app.PostAsync($"/operator/merges/{merge["mergeId"]}/undo")).Is(409, "MERGE_NOT_UNDOABLE");
        (await app.PostAsync("/operator/merges/merge_nobody_01jt0000000000000000000000/undo")).Is(404);
    }

    [Fact]
    public async Task An_erased_person_s_address_is_free_and_its_reference_is_not()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("gone", Email)).Is(201);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/gone", null)).Is(200);
        await app.IdleAsync();

        (await partner.Identity.FindAsync("gone")).Is(404);
        (await partner.Identity.FindAsync("x", Email)).Is(404);
        (await partner.Identity.UpdateAsync("gone", Email)).Is(404);
        (await partner.Identity.CreateAsync("gone")).Is(422);
        (await partner.Identity.CreateAsync("next", Email)).Is(201);
    }

    [Fact]
    public async Task Of_an_account_the_others_live_on_when_one_is_erased()
    {
        var partner = await app.NewPartnerAsync();
        await MergedAsync(partner);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/old", null)).Is(200);
        await app.IdleAsync();

        Assert.Equal("new", (string)(await partner.Identity.FindAsync("x", Email)).Is(200).Json["identityReference"]!);
        (
            await partner.Identity.UpdateAsync("new", Email, new { occupation = "Baker", occupationIndustry = "Food" })
        ).Is(200);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/new", null)).Is(200);
        await app.IdleAsync();
        (await partner.Identity.FindAsync("x", Email)).Is(404);
        (await partner.Identity.CreateAsync("next", Email)).Is(201);
    }

    [Fact]
    public async Task A_merge_that_died_half_way_is_found_and_done()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("old", Email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("new")).Is(201);
        await app.IdleAsync();
        // As the first write leaves it; what was announced before it is lost, too.
        var row = (
            await app.Table("Users")
                .GetEntityAsync<TableEntity>(
                    $"{partner.Id}|new",
                    "user",
                    cancellationToken: TestContext.Current.CancellationToken
                )
        ).Value;
        row["MergingInto"] = "old";
        row["Merge"] = $"merge_{partner.Id}_01jt0000000000000000000000";
        var begun = new TableEntity($"{partner.Id}|new", $"merging|{row["Merge"]}")
        {
            ["Hash"] = (await app.RowsAsync("EmailIndex"))
                .Single(claim => claim.PartitionKey.StartsWith($"{partner.Id}|", StringComparison.Ordinal))
                .PartitionKey.Split('|')[1],
            ["Reference"] = "new",
            ["Channel"] = "Patch",
            ["At"] = app.Clock.GetUtcNow(),
            ["Trust"] = "Vouched",
        };
        await app.Table("Users")
            .SubmitTransactionAsync(
                [
                    new TableTransactionAction(TableTransactionActionType.UpdateReplace, row),
                    new TableTransactionAction(TableTransactionActionType.Add, begun),
                ],
                TestContext.Current.CancellationToken
            );

        // Not begun for whoever reads; done by whoever changes something.
        var old = (await partner.Identity.FindAsync("old")).Json["account"]!.ToJsonString();
        Assert.NotEqual(old, (await partner.Identity.FindAsync("new")).Json["account"]!.ToJsonString());
        (await partner.Identity.UpdateAsync("new", "other@example.org")).Is(200);
        Assert.Equal(old, (await partner.Identity.FindAsync("new")).Json["account"]!.ToJsonString());
        Assert.Equal("new", (string)(await partner.Identity.FindAsync("x", Email)).Json["identityReference"]!);
    }

    [Fact]
    public async Task A_merge_that_died_after_its_decisive_write_is_seen_by_everybody_and_finished()
    {
        var partner = await app.NewPartnerAsync();
        await MergedAsync(partner);
        var account = (await partner.Identity.FindAsync("old")).Json["account"]!.ToJsonString();
        var row = (
            await app.Table("Users")
                .GetEntityAsync<TableEntity>(
                    $"{partner.Id}|new",
                    "user",
                    cancellationToken: TestContext.Current.CancellationToken
                )
        ).Value;
        row["MergingInto"] = "old";
        row.Remove("Root");
        await app.Table("Users")
            .UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, TestContext.Current.CancellationToken);

        Assert.Equal(account, (await partner.Identity.FindAsync("new")).Json["account"]!.ToJsonString());
        Assert.Equal("new", (string)(await partner.Identity.FindAsync("x", Email)).Json["identityReference"]!);
        var key = new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage("new"));
        await app.Service<AccountMerge>().CompleteAsync(key, TestContext.Current.CancellationToken);
        row = (
            await app.Table("Users")
                .GetEntityAsync<TableEntity>(
                    $"{partner.Id}|new",
                    "user",
                    cancellationToken: TestContext.Current.CancellationToken
                )
        ).Value;
        Assert.Equal(("old", null), (row.GetString("Root"), row.GetString("MergingInto")));
    }

    private async Task<System.Text.Json.Nodes.JsonNode> MergedAsync(TestPartner partner)
    {
        (await partner.Identity.CreateAsync("old", Email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await partner.Identity.CreateAsync("new")).Is(201);
        (await partner.Identity.UpdateAsync("new", Email)).Is(200);
        await app.IdleAsync();
        return Assert.Single(await MergesAsync(partner, ""));
    }

    private async Task<List<System.Text.Json.Nodes.JsonNode>> MergesAsync(TestPartner partner, string more) =>
        [
            .. (await app.GetAsync($"/operator/merges?partnerId={partner.Id}{more}")).Is(200).Data["items"]!
                .AsArray()
                .Select(item => item!),
        ];

    /// <summary>Verified through a link.</summary>
    private async Task VerifiedAsync(TestPartner partner, string reference, string? givenName = null)
    {
        var data = Samples.FullUserData().With("idNumber", CipSteps.Curp('0'));
        if (givenName is not null)
            data = data.With("name.firstName", givenName);
        (await partner.PostTicketAsync(await partner.CreateLinkAsync(reference, userData: data))).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
    }

    private async Task<string> StateAsync(TestPartner partner)
    {
        await app.IdleAsync();
        var rows = (await app.RowsAsync("Users")).Where(row =>
            row.PartitionKey.StartsWith($"{partner.Id}|", StringComparison.Ordinal)
        );
        return string.Join('\n', rows.Select(row => $"{row.PartitionKey} {row.RowKey} {row.ETag}"));
    }
}
