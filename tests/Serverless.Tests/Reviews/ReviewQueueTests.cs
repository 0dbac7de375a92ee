using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Reviews;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Serverless.Tests.KycSharing;
using Xunit;

namespace Serverless.Tests.Reviews;

/// <summary>Who waits for an operator, and whose account is blocked.</summary>
public sealed class ReviewQueueTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_verification_that_needs_review_waits_with_what_is_needed_to_decide()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "waits-1");
        var item = Assert.Single(await WaitingAsync(partner))!;
        Assert.Equal("cip", (string)item["kind"]!);
        Assert.Equal(partner.Id, (string)item["partnerId"]!);
        Assert.Equal("waits-1", (string)item["reference"]!);
        Assert.Equal("cip_failed", (string)item["status"]!);
        Assert.Equal("UNDER_REVIEW", (string)item["kycStatus"]!);
        Assert.Equal(["provider_undecided"], item["found"]!.AsArray().Select(found => (string)found!));
        Assert.StartsWith("cip_", (string)item["ticketId"]!, StringComparison.Ordinal);
        var number = item["values"]!.AsArray().Single(value => (string)value!["path"]! == "idNumber")!;
        Assert.Equal("•••" + CipSteps.Curp('2')[^4..], (string)number["value"]!);
        Assert.Empty(item["decisions"]!.AsArray());
        Assert.DoesNotContain(CipSteps.Curp('2'), item.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("approve")]
    [InlineData("reject")]
    [InlineData("retry")]
    public async Task A_decision_about_a_verification_takes_it_out_of_the_queue_at_once_and_for_good(string decision)
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "decided-1");
        Assert.Single(await WaitingAsync(partner));
        (await partner.ReviewAsync("decided-1", decision)).Is(200);
        Assert.Empty(await WaitingAsync(partner));
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(await WaitingAsync(partner));
        Assert.Empty(await RowsAsync(partner));
        var kyc = await partner.Identity.KycAsync("decided-1");
        Assert.Equal(decision == "approve" ? "VERIFIED" : "ACTION_REQUIRED", kyc);
    }

    [Fact]
    public async Task A_second_review_shows_the_first_decision_with_its_note_and_who_decided()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "again-1");
        var path = $"/operator/partners/{partner.Id}/users/again-1/cip/review";
        var body = new { decision = "retry", note = "The picture was blurred" };
        (await app.PostAsync(path, body, ("X-Operator", "Ana"))).Is(200);
        var link = await partner.CreateLinkAsync("again-1");
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        var decision = Assert.Single(Assert.Single(await WaitingAsync(partner))!["decisions"]!.AsArray())!;
        Assert.Equal("retry", (string)decision["decision"]!);
        Assert.Equal("cip", (string)decision["kind"]!);
        Assert.Equal("Ana", (string)decision["operator"]!);
        Assert.Equal("The picture was blurred", (string)decision["note"]!);
    }

    [Theory]
    [InlineData("approve", "VERIFIED")]
    [InlineData("reject", "REJECTED")]
    [InlineData("retry", "ACTION_REQUIRED")]
    public async Task Shared_documents_wait_until_they_are_decided_about_also_where_nobody_wants_webhooks(
        string decision,
        string status
    )
    {
        var partner = await app.NewPartnerAsync();
        await partner.SubmitDocumentsAsync("documents-1");
        await app.IdleAsync();
        var item = Assert.Single(await WaitingAsync(partner))!;
        Assert.Equal("identity", (string)item["kind"]!);
        Assert.Equal(["documents_shared"], item["found"]!.AsArray().Select(found => (string)found!));
        Assert.NotEmpty(item["documents"]!.AsArray());
        var path = $"/operator/partners/{partner.Id}/identities/documents-1/review";
        (await app.PostAsync(path, new { decision })).Is(200);
        Assert.Empty(await WaitingAsync(partner));
        await app.IdleAsync();
        Assert.Empty(await RowsAsync(partner));
        Assert.Equal(status, await partner.Identity.KycAsync("documents-1"));
    }

    [Fact]
    public async Task A_share_waits_for_an_operator_once_its_provider_gave_up_and_not_before()
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal("UNDER_REVIEW", await partner.SharedAsync("share-1", "never"));
        Assert.Empty(await WaitingAsync(partner));
        await app.AdvanceAsync(TimeSpan.FromDays(4));
        var item = Assert.Single(await WaitingAsync(partner))!;
        Assert.Equal(["no_result_in_time"], item["found"]!.AsArray().Select(found => (string)found!));
    }

    [Fact]
    public async Task A_match_of_a_screening_waits_with_what_was_found()
    {
        var partner = await app.NewPartnerAsync(settings: new { reliance = true });
        (await partner.RelyAsync("match-1", sanctions: true, daysAgo: 100)).Is(202);
        await app.IdleAsync();
        var item = Assert.Single(await WaitingAsync(partner))!;
        Assert.Equal(
            ["sanctions_match", "screening_too_old"],
            item["found"]!.AsArray().Select(found => (string)found!)
        );
        Assert.True((bool)item["blocked"]!);
        Assert.True((bool)item["screenings"]![0]!["sanctions"]!);
        Assert.Equal("screening", (string)Assert.Single(await BlockedAsync(partner))!["by"]!);
    }

    [Fact]
    public async Task Who_waits_longest_is_first_and_pages_go_on_where_the_one_before_ended()
    {
        var partner = await app.NewPartnerAsync();
        for (var number = 1; number <= 3; number++)
        {
            await partner.SubmitDocumentsAsync($"order-{number}");
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        }
        var query = $"/operator/reviews?partnerId={partner.Id}&limit=2";
        var first = (await app.GetAsync(query)).Is(200).Data;
        Assert.Equal(["order-1", "order-2"], References(first["items"]!.AsArray()));
        Assert.Equal(3, (int)first["pagination"]!["total"]!);
        var next = (string)first["pagination"]!["nextCursor"]!;
        Assert.Equal(
            ["order-3"],
            References((await app.GetAsync($"{query}&cursor={next}")).Is(200).Data["items"]!.AsArray())
        );
        var all = (await app.GetAsync("/operator/reviews?limit=100")).Is(200).Data["items"]!.AsArray();
        Assert.Equal(
            all.Select(item => (string)item!["since"]!).Order(StringComparer.Ordinal),
            all.Select(item => (string)item!["since"]!)
        );
    }

    [Fact]
    public async Task A_late_and_a_repeated_event_do_no_harm()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "late-1");
        var key = new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage("late-1"));
        var told = (
            await app.RowsAsync(
                "Users",
                $"PartitionKey eq '{key.Partition}' and RowKey ge 'event|' and RowKey lt 'event}}'"
            )
        )
            .Where(row => row.GetBoolean("TellsOperators") == true)
            .Select(EventRow.FromRow)
            .ToList();
        Assert.NotEmpty(told);
        var follower = new ReviewFollower(app.Service<ReviewIndex>());
        // Again, while the person waits: one row.
        foreach (var happened in told)
            await follower.FollowAsync(app.Durable, happened, Cancel);
        Assert.Single(await RowsAsync(partner));
        (await partner.ReviewAsync("late-1", "approve")).Is(200);
        await app.IdleAsync();
        // And long after the decision: none.
        foreach (var happened in told)
            await follower.FollowAsync(app.Durable, happened, Cancel);
        Assert.Empty(await RowsAsync(partner));
        Assert.Empty(await WaitingAsync(partner));
    }

    [Fact]
    public async Task A_row_that_is_out_of_date_shows_nobody()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "stale-1");
        var row = Assert.Single(await RowsAsync(partner));
        (await partner.ReviewAsync("stale-1", "approve")).Is(200);
        await app.IdleAsync();
        await app.Table("Reviews").UpsertEntityAsync(row, cancellationToken: Cancel);
        Assert.Empty(await WaitingAsync(partner));
    }

    [Fact]
    public async Task An_erasure_takes_the_person_out_of_the_queue()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "erased-1");
        await partner.SubmitDocumentsAsync("erased-2");
        await app.IdleAsync();
        Assert.Equal(2, (await WaitingAsync(partner)).Count);
        foreach (var reference in new[] { "erased-1", "erased-2" })
            (await partner.SendAsync(HttpMethod.Delete, $"/partner/users/{reference}", null)).Is(200);
        Assert.Empty(await WaitingAsync(partner));
        await app.IdleAsync();
        Assert.Empty(await RowsAsync(partner));
    }

    [Fact]
    public async Task A_merge_leaves_one_review_of_the_account_and_its_undo_brings_the_other_back()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("older", "older@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        await partner.SubmitDocumentsAsync("newer");
        await app.IdleAsync();
        Assert.Equal(["newer"], References(await WaitingAsync(partner)));
        (await partner.Identity.UpdateAsync("newer", "older@example.org")).Is(200);
        await app.IdleAsync();
        var merged = Assert.Single(await WaitingAsync(partner))!;
        Assert.Equal("older", (string)merged["reference"]!);
        Assert.Equal(["newer"], merged["otherReferences"]!.AsArray().Select(other => (string)other!));
        Assert.Single(await RowsAsync(partner));

        var merge = (string)
            (await app.GetAsync($"/operator/merges?partnerId={partner.Id}")).Is(200).Data["items"]![0]!["mergeId"]!;
        (await app.PostAsync($"/operator/merges/{merge}/undo")).Is(200);
        await app.IdleAsync();
        Assert.Equal(["newer"], References(await WaitingAsync(partner)));
        Assert.Single(await RowsAsync(partner));
    }

    [Fact]
    public async Task Blocked_accounts_are_listed_until_the_block_is_taken_away()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("block-1", "block-1@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await partner.Identity.CreateAsync("block-2")).Is(201);
        (await partner.Identity.UpdateAsync("block-2", "block-1@example.org")).Is(200);
        await app.IdleAsync();
        var path = $"/operator/partners/{partner.Id}/identities/block-2";
        (await app.PostAsync($"{path}/block", new { note = "Reported as stolen" }, ("X-Operator", "Ana"))).Is(200);
        await app.IdleAsync();
        var item = Assert.Single(await BlockedAsync(partner))!;
        Assert.Equal("block-1", (string)item["reference"]!);
        Assert.Equal(["block-2"], item["otherReferences"]!.AsArray().Select(other => (string)other!));
        Assert.Equal("Reported as stolen", (string)item["note"]!);
        Assert.Equal("Ana", (string)item["by"]!);
        Assert.NotNull(item["since"]);
        (await app.PostAsync($"{path}/unblock")).Is(200);
        Assert.Empty(await BlockedAsync(partner));
        await app.IdleAsync();
        Assert.Empty(await RowsAsync(partner, "blocked"));
    }

    private async Task<JsonArray> WaitingAsync(TestPartner partner) =>
        (await app.GetAsync($"/operator/reviews?partnerId={partner.Id}")).Is(200).Data["items"]!.AsArray();

    private async Task<JsonArray> BlockedAsync(TestPartner partner) =>
        (await app.GetAsync($"/operator/blocked?partnerId={partner.Id}")).Is(200).Data["items"]!.AsArray();

    private Task<List<Azure.Data.Tables.TableEntity>> RowsAsync(TestPartner partner, string list = "open") =>
        app.RowsAsync(
            "Reviews",
            $"PartitionKey eq '{list}' and RowKey ge '{partner.Id}|' and RowKey lt '{partner.Id}}}'"
        );

    private static string[] References(JsonArray items) => [.. items.Select(item => (string)item!["reference"]!)];
}
