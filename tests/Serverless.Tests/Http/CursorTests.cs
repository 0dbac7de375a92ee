using Serverless.Tests.Identities;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>
/// A cursor beside the page's number: while new items arrive, none is shown twice and none is left out.
/// </summary>
public sealed class CursorTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Links_go_on_after_a_cursor_whatever_arrives_meanwhile()
    {
        var partner = await app.NewPartnerAsync();
        var before = new List<string>();
        for (var i = 0; i < 5; i++)
            before.Add((await partner.CreateLinkAsync()).Id);
        before.Reverse();
        var seen = await WalkAsync(partner, "/partner/links?limit=2", "linkId", () => partner.CreateLinkAsync());
        Assert.Equal(before, seen);
        seen = await WalkAsync(
            partner,
            "/partner/links?limit=3&status=created&to=2999-01-01",
            "linkId",
            () => partner.CreateLinkAsync()
        );
        Assert.Equal(before, seen.TakeLast(5));
    }

    [Fact]
    public async Task Links_of_one_person_go_on_after_a_cursor()
    {
        var partner = await app.NewPartnerAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var link = await partner.CreateLinkAsync("same");
            ids.Insert(0, link.Id);
            await link.RevokeAsync();
        }
        Assert.Equal(
            ids,
            await WalkAsync(
                partner,
                "/partner/links?referenceId=same&limit=2",
                "linkId",
                () => partner.CreateLinkAsync()
            )
        );
    }

    [Fact]
    public async Task Transfers_go_on_after_a_cursor()
    {
        var partner = await app.NewPartnerAsync();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Insert(0, await (await Payer.NewAsync(app, partner)).TransferAsync());
        var seen = await WalkAsync(
            partner,
            "/partner/operations?limit=1",
            "operationId",
            async () => await (await Payer.NewAsync(app, partner)).TransferAsync()
        );
        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task Users_go_on_after_a_cursor()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var name in new[] { "b", "d", "f", "h", "j" })
            await partner.CreateLinkAsync(name);
        await app.IdleAsync();
        var seen = await WalkAsync(
            partner,
            "/partner/users?limit=2",
            "referenceId",
            async () =>
            {
                await partner.CreateLinkAsync($"a{Guid.NewGuid():N}");
                await app.IdleAsync();
            }
        );
        Assert.Equal(["b", "d", "f", "h", "j"], seen);
    }

    [Fact]
    public async Task Merges_go_on_after_a_cursor()
    {
        var partner = await app.NewPartnerAsync();
        for (var i = 0; i < 3; i++)
        {
            (await partner.Identity.CreateAsync($"old-{i}", $"m{i}@example.org")).Is(201);
            (await partner.Identity.CreateAsync($"new-{i}")).Is(201);
            (await partner.Identity.UpdateAsync($"new-{i}", $"m{i}@example.org")).Is(200);
        }
        await app.IdleAsync();
        var target = $"/operator/merges?partnerId={partner.Id}&limit=1";
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var data = (await app.GetAsync(target + (cursor is null ? "" : $"&cursor={cursor}"))).Is(200).Data;
            seen.AddRange(data["items"]!.AsArray().Select(item => (string)item!["from"]!));
            cursor = (string?)data["pagination"]!["nextCursor"];
        } while (cursor is not null);
        Assert.Equal(["new-2", "new-1", "new-0"], seen);
    }

    [Fact]
    public async Task A_cursor_is_good_for_its_own_list_and_partner_alone_and_without_a_page()
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync();
        await partner.CreateLinkAsync();
        var pagination = (await partner.GetAsync("/partner/links?limit=1")).Is(200).Data["pagination"]!;
        Assert.Equal(
            (1, 1, 2, 2),
            (
                (int)pagination["page"]!,
                (int)pagination["limit"]!,
                (int)pagination["total"]!,
                (int)pagination["totalPages"]!
            )
        );
        var cursor = (string)pagination["nextCursor"]!;
        var last = (await partner.GetAsync($"/partner/links?limit=1&cursor={cursor}")).Is(200).Data["pagination"]!;
        Assert.Equal((1, 1), ((int)last["page"]!, (int)last["total"]!));
        Assert.Null(last["nextCursor"]);

        Assert.Equal(["page"], (await partner.GetAsync($"/partner/links?page=1&cursor={cursor}")).Is(400).Fields);
        Assert.Equal(["cursor"], (await partner.GetAsync($"/partner/operations?cursor={cursor}")).Is(400).Fields);
        Assert.Equal(
            ["cursor"],
            (await (await app.NewPartnerAsync()).GetAsync($"/partner/links?cursor={cursor}")).Is(400).Fields
        );
        foreach (var bad in new[] { "x", "%00", "eHh4", new string('a', 401), cursor + "=" })
            Assert.Equal(["cursor"], (await partner.GetAsync($"/partner/links?cursor={bad}")).Is(400).Fields);
    }

    /// <summary>The values of a member over all pages, with something new before each further one.</summary>
    private static async Task<List<string>> WalkAsync(
        TestPartner partner,
        string target,
        string member,
        Func<Task> arrive
    )
    {
        var seen = new List<string>();
        for (string? cursor = null; ; )
        {
            var data = (await partner.GetAsync(target + (cursor is null ? "" : $"&cursor={cursor}"))).Is(200).Data;
            seen.AddRange(data["items"]!.AsArray().Select(item => (string)item![member]!));
            cursor = (string?)data["pagination"]!["nextCursor"];
            if (cursor is null)
                return seen;
            await arrive();
        }
    }
}
