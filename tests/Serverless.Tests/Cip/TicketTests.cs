using Xunit;

namespace Serverless.Tests.Cip;

/// <summary>Readiness and tickets.</summary>
public sealed class TicketTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Readiness_names_what_is_missing_and_changes_nothing()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.status_changed"]);
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData());
        var before = await partner.UserAsync(link.Reference);
        var readiness = (await partner.GetAsync($"/partner/links/{link.Id}/cip/readiness")).Is(200).Data;

        Assert.Equal((link.Id, false), ((string?)readiness["linkId"], (bool)readiness["ready"]!));
        Assert.Equal(
            ["name.secondName", "name.secondLastName", "idNumber", "idType", "dob"],
            readiness["missingFields"]!.AsArray().Select(path => (string?)path)
        );
        Assert.Equal(before.ToJsonString(), (await partner.UserAsync(link.Reference)).ToJsonString());
        await app.IdleAsync();
        Assert.Empty(inbox.Received);

        var complete = await partner.CompleteLinkAsync('0');
        var ready = (await partner.GetAsync($"/partner/links/{complete.Id}/cip/readiness")).Is(200).Data;
        Assert.True((bool)ready["ready"]!);
        Assert.Empty(ready["missingFields"]!.AsArray());
    }

    [Fact]
    public async Task A_ticket_is_created_and_while_it_runs_it_is_answered_again()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('3');
        var created = (await partner.PostTicketAsync(link)).Is(201).Data;

        Assert.Equal(
            ["ticketId", "linkId", "status", "url", "createdAt"],
            created.AsObject().Select(member => member.Key)
        );
        Assert.Matches($"^cip_{partner.Id}_[0-9a-z]{{26}}$", (string?)created["ticketId"]);
        Assert.Equal(
            (link.Id, "pending", link.Url.ToString()),
            ((string?)created["linkId"], (string?)created["status"], (string?)created["url"])
        );
        Assert.Equal(("cip_pending", "pending"), await partner.StandingAsync(link.Reference));

        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(created.ToJsonString(), (await partner.PostTicketAsync(link)).Is(200).Data.ToJsonString());
    }

    [Fact]
    public async Task Of_20_parallel_requests_one_creates_and_all_answer_the_same_ticket()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('3');
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => partner.PostTicketAsync(link)));
        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(19, replies.Count(reply => reply.Status == 200));
        Assert.Single(replies.Select(reply => (string?)reply.Data["ticketId"]).Distinct());
        Assert.Single(
            await app.RowsAsync(
                "Users",
                $"PartitionKey eq '{partner.Id}|{link.Reference}' and RowKey ge 'ticket|' and RowKey lt 'ticket}}'"
            )
        );
    }

    [Fact]
    public async Task Missing_data_is_refused_with_the_missing_fields()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData());
        var refused = (await partner.PostTicketAsync(link)).Is(409, "CIP_NOT_READY");
        Assert.Equal(
            [
                "userData.name.secondName",
                "userData.name.secondLastName",
                "userData.idNumber",
                "userData.idType",
                "userData.dob",
            ],
            refused.Fields
        );
        Assert.Equal(("data_incomplete", "none"), await partner.StandingAsync(link.Reference));
    }

    [Fact]
    public async Task A_link_that_is_not_for_use_starts_nothing()
    {
        var partner = await app.NewPartnerAsync();
        var revoked = await partner.CompleteLinkAsync('0');
        (await revoked.RevokeAsync()).Is(200);
        (await partner.PostTicketAsync(revoked)).Is(409, "LINK_REVOKED");

        var expired = await partner.CompleteLinkAsync('0', expiresInMinutes: 5);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await partner.PostTicketAsync(expired)).Is(409, "LINK_EXPIRED");
        Assert.Equal(("data_complete", "none"), await partner.StandingAsync(expired.Reference));
    }

    [Fact]
    public async Task A_verified_person_is_not_verified_again_and_is_asked_for_nothing()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        await partner.DecidedAsync('0', "cust-1");
        var next = await partner.CreateLinkAsync("cust-1");
        (await partner.PostTicketAsync(next)).Is(409, "CIP_ALREADY_VERIFIED");
        (await next.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Empty(inbox.Received);
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("cust-1"));
    }

    [Fact]
    public async Task Another_partner_s_link_is_not_there()
    {
        var link = await (await app.NewPartnerAsync()).CompleteLinkAsync('0');
        var stranger = await app.NewPartnerAsync();
        (await stranger.PostTicketAsync(link)).Is(404, "RESOURCE_NOT_FOUND");
        (await stranger.GetAsync($"/partner/links/{link.Id}/cip/readiness")).Is(404, "RESOURCE_NOT_FOUND");
        foreach (
            var unknown in new[]
            {
                "x",
                "link_demo_01kg0000000000000000000000",
                $"link_{stranger.Id}_01kg0000000000000000000000",
            }
        )
        {
            (await stranger.PostAsync($"/partner/links/{unknown}/cip/tickets")).Is(404);
            (await stranger.GetAsync($"/partner/links/{unknown}/cip/readiness")).Is(404);
        }
    }

    [Fact]
    public async Task A_repeated_idempotency_key_gives_the_first_answer_whatever_it_was()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('1');
        var first = (await partner.PostTicketAsync(link, "create")).Is(201);
        var running = (await partner.PostTicketAsync(link, "running")).Is(200);
        var incomplete = await partner.CreateLinkAsync();
        var refused = (await partner.PostTicketAsync(incomplete, "refused")).Is(409, "CIP_NOT_READY");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await link.RevokeAsync()).Is(200);
        await incomplete.RevokeAsync();
        await partner.CompleteLinkAsync('0', incomplete.Reference);

        foreach (
            var (key, of, answer) in new[]
            {
                ("create", link, first),
                ("running", link, running),
                ("refused", incomplete, refused),
            }
        )
        {
            var again = await partner.PostTicketAsync(of, key);
            Assert.Equal(
                (answer.Status, answer.Text, "true"),
                (again.Status, again.Text, again["Idempotency-Replayed"])
            );
        }
        (await partner.PostTicketAsync(incomplete, "create")).Is(409, "IDEMPOTENCY_KEY_REUSED");
        Assert.Null(first["Idempotency-Replayed"]);
    }

    [Fact]
    public async Task In_the_widget_the_person_starts_it_with_its_session()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('3');
        (await app.PostAsync($"/widget/links/{link.Id}/cip")).Is(401);
        var session = (string)(await link.OpenAsync()).Is(200).Data["session"]!;
        var started = (
            await app.PostAsync($"/widget/links/{link.Id}/cip", null, ("Authorization", $"Bearer {session}"))
        )
            .Is(201)
            .Data;
        Assert.Equal("pending", (string?)started["status"]);

        // The partner's request meets the same ticket.
        Assert.Equal(
            (string?)started["ticketId"],
            (string?)(await partner.PostTicketAsync(link)).Is(200).Data["ticketId"]
        );
        Assert.Equal(
            (string?)started["ticketId"],
            (string?)
                (await app.PostAsync($"/widget/links/{link.Id}/cip", null, ("Authorization", $"Bearer {session}")))
                    .Is(200)
                    .Data["ticketId"]
        );

        var incomplete = await partner.CreateLinkAsync();
        session = (string)(await incomplete.OpenAsync()).Is(200).Data["session"]!;
        (await app.PostAsync($"/widget/links/{incomplete.Id}/cip", null, ("Authorization", $"Bearer {session}"))).Is(
            409,
            "CIP_NOT_READY"
        );
        (await app.PostAsync($"/widget/links/{link.Id}/cip", null, ("Authorization", $"Bearer {session}"))).Is(401);
    }
}
