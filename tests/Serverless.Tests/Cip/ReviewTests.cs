using Xunit;

namespace Serverless.Tests.Cip;

/// <summary>After a verification that failed: only new data or an operator's word leads on.</summary>
public sealed class ReviewTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Approving_leads_to_verified_through_pending()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.status_changed"]);
        await partner.DecidedAsync('2', "cust-1");
        var review = (await partner.ReviewAsync("cust-1", "approve", "Passport seen")).Is(200).Data;
        Assert.Equal(
            ("approve", "cip_verified", "verified"),
            ((string?)review["decision"], (string?)review["status"], (string?)review["ticketStatus"])
        );
        await app.IdleAsync();
        Assert.Equal(
            [
                ("data_complete", "cip_pending"),
                ("cip_pending", "cip_failed"),
                ("cip_failed", "cip_pending"),
                ("cip_pending", "cip_verified"),
            ],
            inbox
                .Moves()
                .OrderBy(move =>
                    Array.IndexOf(
                        [
                            ("data_complete", "cip_pending"),
                            ("cip_pending", "cip_failed"),
                            ("cip_failed", "cip_pending"),
                        ],
                        move
                    )
                        is var at
                    && at < 0
                        ? 9
                        : at
                )
        );
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("cust-1"));
        (await partner.ReviewAsync("cust-1", "reject")).Is(409, "CIP_NOT_REVIEWABLE");
    }

    [Fact]
    public async Task Rejecting_is_final_until_there_is_new_data()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "cust-1");
        Assert.Equal("failed", (string?)(await partner.ReviewAsync("cust-1", "reject")).Is(200).Data["ticketStatus"]);
        Assert.Equal(("cip_failed", "failed"), await partner.StandingAsync("cust-1"));
        (await partner.ReviewAsync("cust-1", "approve")).Is(409, "CIP_NOT_REVIEWABLE");

        // The same data, and another way to be paid, are no reason to try again.
        var same = await partner.CompleteLinkAsync('2', "cust-1");
        (await partner.PostTicketAsync(same)).Is(409, "CIP_RETRY_NOT_ALLOWED");
        await same.RevokeAsync();
        var corrected = await partner.CompleteLinkAsync('0', "cust-1");
        (await partner.PostTicketAsync(corrected)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("cust-1"));
    }

    [Fact]
    public async Task A_retry_allows_one_more_verification()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('1', "cust-1");
        var link = await partner.CreateLinkAsync("cust-1");
        (await partner.PostTicketAsync(link)).Is(409, "CIP_RETRY_NOT_ALLOWED");
        Assert.True((bool)(await partner.ReviewAsync("cust-1", "retry")).Is(200).Data["mayVerifyAgain"]!);
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(("cip_failed", "failed"), await partner.StandingAsync("cust-1"));
        (await partner.PostTicketAsync(link)).Is(409, "CIP_RETRY_NOT_ALLOWED");
    }

    [Fact]
    public async Task New_data_while_a_review_is_awaited_makes_the_waiting_ticket_a_failed_one()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "cust-1");
        var link = await partner.CompleteLinkAsync('3', "cust-1");
        (await partner.PostTicketAsync(link)).Is(201);
        (await partner.ReviewAsync("cust-1", "approve")).Is(409, "CIP_NOT_REVIEWABLE");
        var tickets = await app.RowsAsync(
            "Users",
            $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'ticket|' and RowKey lt 'ticket}}'"
        );
        Assert.Equal(
            [("Failed", "NextTicket"), ("Pending", null)],
            tickets.Select(row => (row.GetString("Status"), (string?)row.GetString("DecidedBy")))
        );
    }

    [Fact]
    public async Task Each_decision_leaves_a_row_whose_note_is_sealed()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "cust-1");
        (await partner.ReviewAsync("cust-1", "reject", "Canary Note")).Is(200);
        (await partner.ReviewAsync("cust-1", "retry")).Is(200);
        var rows = await app.RowsAsync(
            "Users",
            $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'review|' and RowKey lt 'review}}'"
        );
        Assert.Equal(
            [("reject", "NeedsReview"), ("retry", "Failed")],
            rows.Select(row => (row.GetString("Decision")!, row.GetString("TicketStatus")!)).Order()
        );
        Assert.DoesNotContain(
            "Canary",
            string.Concat(rows.Select(row => System.Text.Encoding.UTF8.GetString(row.GetBinary("Note") ?? []))),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Of_10_parallel_decisions_one_counts()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('2', "cust-1");
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(i => partner.ReviewAsync("cust-1", i % 2 == 0 ? "approve" : "reject"))
        );
        Assert.Single(replies, reply => reply.Status == 200);
        Assert.Equal(9, replies.Count(reply => reply.Code == "CIP_NOT_REVIEWABLE"));
    }

    [Fact]
    public async Task What_there_is_nothing_to_review_of_is_refused()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('3', "cust-1");
        foreach (var decision in new[] { "approve", "reject", "retry" })
            (await partner.ReviewAsync("cust-1", decision)).Is(409, "CIP_NOT_REVIEWABLE");
        (await partner.PostTicketAsync(link)).Is(201);
        foreach (var decision in new[] { "approve", "reject", "retry" })
            (await partner.ReviewAsync("cust-1", decision)).Is(409, "CIP_NOT_REVIEWABLE");
        (await partner.ReviewAsync("nobody", "approve")).Is(404);
        (await (await app.NewPartnerAsync()).ReviewAsync("cust-1", "approve")).Is(404);
        Assert.Equal(["decision"], (await partner.ReviewAsync("cust-1", "maybe")).Is(400, "INVALID_REQUEST").Fields);
    }
}
