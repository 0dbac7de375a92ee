using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary><c>GET /partner/users</c>: by status and in pages.</summary>
public sealed class UserListTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Each_user_is_listed_under_its_status_and_follows_its_changes()
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("a-nothing");
        await partner.CompleteLinkAsync('0', "b-complete");
        await partner.DecidedAsync('0', "c-verified");
        await partner.DecidedAsync('1', "d-failed");
        await partner.DecidedAsync('2', "e-approved");
        await app.IdleAsync();
        Assert.Equal(["d-failed", "e-approved"], await ReferencesAsync(partner, "?status=cip_failed"));

        (await partner.ReviewAsync("e-approved", "approve")).Is(200);
        (await partner.PostTicketAsync(await partner.CompleteLinkAsync('3', "f-pending"))).Is(201);
        await app.IdleAsync();
        Assert.Equal(["a-nothing"], await ReferencesAsync(partner, "?status=data_incomplete"));
        Assert.Equal(["b-complete"], await ReferencesAsync(partner, "?status=data_complete"));
        Assert.Equal(["c-verified", "e-approved"], await ReferencesAsync(partner, "?status=cip_verified"));
        Assert.Equal(["d-failed"], await ReferencesAsync(partner, "?status=cip_failed"));
        Assert.Equal(["f-pending"], await ReferencesAsync(partner, "?status=cip_pending"));
        Assert.Empty(await ReferencesAsync(partner, "?status=pending"));
        Assert.Equal(
            ["a-nothing", "b-complete", "c-verified", "d-failed", "e-approved", "f-pending"],
            await ReferencesAsync(partner, "")
        );
        Assert.Empty(await ReferencesAsync(await app.NewPartnerAsync(), ""));

        var item = (await partner.GetAsync("/partner/users?status=cip_failed")).Data["items"]![0]!;
        var user = await partner.UserAsync("d-failed");
        Assert.Equal(
            ((string?)user["userId"], (string?)user["status"], (string?)user["createdAt"]),
            ((string?)item["userId"], (string?)item["status"], (string?)item["createdAt"])
        );
    }

    [Fact]
    public async Task Pages_are_cut_from_the_references_in_their_order()
    {
        var partner = await app.NewPartnerAsync();
        await Task.WhenAll(Enumerable.Range(0, 25).Select(i => partner.CreateLinkAsync($"u{i:00}")));
        await app.IdleAsync();
        var page = (await partner.GetAsync("/partner/users?status=data_incomplete&page=3&limit=10")).Is(200).Data;
        Assert.Equal(
            ["u20", "u21", "u22", "u23", "u24"],
            page["items"]!.AsArray().Select(item => (string?)item!["referenceId"])
        );
        Assert.Equal("""{"page":3,"limit":10,"total":25,"totalPages":3}""", page["pagination"]!.ToJsonString());
        Assert.Equal(
            ["limit", "page", "status"],
            (await partner.GetAsync("/partner/users?status=x&page=0&limit=101"))
                .Is(400, "INVALID_REQUEST")
                .Fields.Order()
        );
    }

    [Fact]
    public async Task Changes_that_are_followed_up_in_the_wrong_order_end_in_the_newest_status()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('0', "cust-1");
        await app.IdleAsync();
        var row = Assert.Single(await app.RowsAsync("UserIndex", $"PartitionKey eq '{partner.Id}'"));

        // The row is taken away and every event followed up again, newest first.
        await app.Table("UserIndex")
            .DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: TestContext.Current.CancellationToken);
        var events = await app.RowsAsync(
            "Users",
            $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'event|' and RowKey lt 'event}}'"
        );
        var index = app.Service<Functions.Users.UserIndex>();
        foreach (
            var stamp in events
                .Select(happened => happened.GetString("User"))
                .OfType<string>()
                .Select(Functions.Users.UserStamp.Parse)
                .OrderByDescending(stamp => stamp.Version)
        )
            await index.ApplyAsync(
                new Functions.Ids.PersonKey(
                    Functions.Ids.PartnerId.FromStorage(partner.Id),
                    Functions.Ids.ReferenceId.FromStorage("cust-1")
                ),
                stamp,
                TestContext.Current.CancellationToken
            );
        Assert.Equal(["cust-1"], await ReferencesAsync(partner, "?status=cip_verified"));
    }

    [Fact]
    public async Task A_change_of_status_costs_one_write_of_the_index()
    {
        var partner = await app.NewPartnerAsync();
        await partner.DecidedAsync('0', "cust-1");
        await app.IdleAsync();
        var stamped = (
            await app.RowsAsync(
                "Users",
                $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'event|' and RowKey lt 'event}}'"
            )
        )
            .Where(row => row.GetString("User") is not null)
            .ToList();

        // Created as data_complete, cip_pending, cip_verified.
        Assert.Equal([1, 2, 3], stamped.Select(row => Functions.Users.UserStamp.Parse(row.GetString("User")!).Version));
    }

    private static async Task<string[]> ReferencesAsync(TestPartner partner, string query) =>
        [
            .. (await partner.GetAsync("/partner/users" + query)).Is(200).Data["items"]!
                .AsArray()
                .Select(item => (string)item!["referenceId"]!),
        ];
}
