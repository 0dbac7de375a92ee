using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>Keys of the identity API, as an operator gives and takes them.</summary>
public sealed class IdentityKeyTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Somewhere = "/eapi/v0/nowhere";

    [Fact]
    public async Task A_partner_is_created_with_a_key_and_a_secret_of_32_random_bytes()
    {
        var (one, two) = ((await app.NewPartnerAsync()).Identity, (await app.NewPartnerAsync()).Identity);
        Assert.Matches("^pk_test_[a-z0-9]{24}$", one.Key);
        Assert.Matches("^sk_test_[0-9a-f]{64}$", one.Secret);
        Assert.NotEqual(one.Key, two.Key);
        Assert.NotEqual(one.Secret, two.Secret);
        (await one.GetAsync(Somewhere)).Is(404);
    }

    [Fact]
    public async Task One_more_key_works_beside_the_first_until_it_is_revoked()
    {
        var partner = await app.NewPartnerAsync();
        var issued = (await app.PostAsync($"/operator/partners/{partner.Id}/identity-keys")).Is(201).Data;
        Assert.Equal(
            ["partnerId", "identityApiKey", "identityApiSecret"],
            issued.AsObject().Select(member => member.Key)
        );
        var second = partner.Identity.With((string)issued["identityApiKey"]!, (string)issued["identityApiSecret"]!);
        (await second.GetAsync(Somewhere)).Is(404);

        var revoked = (await RevokeAsync(partner.Id, second.Key)).Is(200).Data;
        Assert.Equal([partner.Id, second.Key], [(string)revoked["partnerId"]!, (string)revoked["identityApiKey"]!]);
        (await second.GetAsync(Somewhere)).Is(401, "40100");
        (await partner.Identity.GetAsync(Somewhere)).Is(404);
        (await RevokeAsync(partner.Id, second.Key)).Is(404, "RESOURCE_NOT_FOUND");
    }

    [Fact]
    public async Task A_revoked_key_is_refused_by_another_instance_within_5_seconds()
    {
        await using var one = await TestApp.StartAsync();
        await using var twin = await one.StartTwinAsync();
        var partner = await one.NewPartnerAsync();
        (await partner.At(twin).Identity.GetAsync(Somewhere)).Is(404);
        (
            await one.SendAsync(
                HttpMethod.Delete,
                $"/operator/partners/{partner.Id}/identity-keys/{partner.Identity.Key}",
                null
            )
        ).Is(200);
        (await partner.Identity.GetAsync(Somewhere)).Is(401, "40100");
        await twin.AdvanceAsync(TimeSpan.FromSeconds(6));
        (await partner.At(twin).Identity.GetAsync(Somewhere)).Is(401, "40100");
    }

    [Fact]
    public async Task A_key_cannot_be_revoked_for_another_partner()
    {
        var (mine, theirs) = (await app.NewPartnerAsync(), await app.NewPartnerAsync());
        (await RevokeAsync(mine.Id, theirs.Identity.Key)).Is(404, "RESOURCE_NOT_FOUND");
        (await theirs.Identity.GetAsync(Somewhere)).Is(404);
    }

    [Fact]
    public async Task Partners_and_keys_that_never_were_are_404()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var id in new[] { "nobody", "No%20Body", "%2F", new string('a', 5000) })
        {
            (await app.PostAsync($"/operator/partners/{id}/identity-keys")).Is(404, "RESOURCE_NOT_FOUND");
            (await RevokeAsync(id, partner.Identity.Key)).Is(404, "RESOURCE_NOT_FOUND");
            (await RevokeAsync(partner.Id, "pk_test_" + id)).Is(404, "RESOURCE_NOT_FOUND");
            (await RevokeAsync(partner.Id, id)).Is(404, "RESOURCE_NOT_FOUND");
        }
    }

    [Fact]
    public async Task A_key_of_the_other_environment_is_not_recognised()
    {
        await using var sandbox = await TestApp.StartAsync();
        await using var production = await TestApp.StartAsync(
            ("Storage:TablePrefix", sandbox.Prefix),
            ("Partners:Environment", "production"),
            ("PublicBaseUrl", "https://links.example")
        );
        var (test, live) = (
            await sandbox.NewPartnerAsync(),
            (await production.PostAsync("/operator/partners", new { partnerId = "live", name = "L" })).Is(201).Data
        );
        Assert.StartsWith("pk_live_", (string)live["identityApiKey"]!, StringComparison.Ordinal);
        Assert.StartsWith("sk_live_", (string)live["identityApiSecret"]!, StringComparison.Ordinal);
        var liveClient = test.Identity.With((string)live["identityApiKey"]!, (string)live["identityApiSecret"]!);
        (await liveClient.GetAsync(Somewhere)).Is(401, "40100");
        (await liveClient.At(production).GetAsync(Somewhere)).Is(404);
        (await test.Identity.At(production).GetAsync(Somewhere)).Is(401, "40100");
    }

    [Fact]
    public async Task A_suspended_partner_is_403_and_its_forged_requests_are_still_401()
    {
        var partner = await app.NewPartnerAsync();
        (await app.PostAsync($"/operator/partners/{partner.Id}/suspend")).Is(200);
        (await partner.Identity.GetAsync(Somewhere)).Is(403, "PartnerSuspended");
        (await partner.Identity.GetAsync(Somewhere, new() { Secret = "sk_test_wrong" })).Is(401, "40103");
        (await app.PostAsync($"/operator/partners/{partner.Id}/resume")).Is(200);
        (await partner.Identity.GetAsync(Somewhere)).Is(404);
    }

    [Fact]
    public async Task No_secret_is_in_any_answer_row_or_log()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewPartnerAsync();
        var secret = partner.Identity.Secret["sk_test_".Length..];
        var header = partner.Identity.Authorize("GET", Somewhere, []);
        var signature = header.Split(':')[1];
        var answers = new List<Reply>
        {
            await own.GetAsync(Somewhere, ("Authorization", header)),
            await own.GetAsync(Somewhere, ("Authorization", header)),
            await own.GetAsync(Somewhere, ("Authorization", header + ":x")),
            await partner.Identity.PostAsync(
                Somewhere,
                "{\"email\":\"canary@example.org\"}",
                new() { Signature = signature }
            ),
            await own.PostAsync($"/operator/partners/{partner.Id}/identity-keys"),
            await own.SendAsync(
                HttpMethod.Delete,
                $"/operator/partners/{partner.Id}/identity-keys/{partner.Identity.Key}",
                null
            ),
        };
        Assert.Equal([404, 400, 401, 401, 201, 200], answers.Select(answer => answer.Status));
        var rows = await own.RowsAsync("Partners");
        rows.AddRange(await own.RowsAsync($"Nonces{own.Clock.GetUtcNow():yyyyMMdd}"));
        var places = answers
            .Select(answer => answer.Text)
            .Concat(own.Log.Lines)
            .Concat(rows.Select(row => string.Join(' ', row.Select(column => $"{column.Key}={column.Value}"))))
            .ToList();
        Assert.DoesNotContain(
            places,
            place =>
                place.Contains(secret, StringComparison.Ordinal)
                || place.Contains(signature, StringComparison.Ordinal)
                || place.Contains("canary", StringComparison.Ordinal)
        );
        Assert.Contains(places, place => place.Contains(header.Split(':')[2], StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_does_not_print_itself()
    {
        var secret = IdentitySecret.New(PartnerEnvironment.Sandbox);
        Assert.True(IdentityKeyId.TryParse("pk_test_1", PartnerEnvironment.Sandbox, out var id));
        Assert.DoesNotContain(
            secret.Reveal()[8..],
            $"{secret} {new IdentityKey(id, PartnerId.FromStorage("p"), secret)}",
            StringComparison.Ordinal
        );
    }

    private Task<Reply> RevokeAsync(string partner, string key) =>
        app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner}/identity-keys/{key}", null);
}
