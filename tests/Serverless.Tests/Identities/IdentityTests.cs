using Xunit;

namespace Serverless.Tests.Identities;

/// <summary>Identities: created, read, updated, found by e-mail.</summary>
public class IdentityTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task An_identity_with_an_email_is_found_by_its_reference_and_by_its_email()
    {
        var partner = await app.NewPartnerAsync();
        var created = (await partner.Identity.CreateAsync("acme-0001", "Ana@Example.org")).Is(201).Json;
        Assert.Equal("acme-0001", (string)created["identityReference"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)created["createdAt"]!);

        var byReference = (await partner.Identity.FindAsync("acme-0001")).Is(200).Json;
        Assert.Equal("PENDING", (string)byReference["kyc"]!["status"]!);
        Assert.True((bool)byReference["account"]!["exists"]!);
        Assert.False((bool)byReference["account"]!["blocked"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", (string)byReference["account"]!["createdAt"]!);
        Assert.Equal(["identityReference", "account", "kyc"], byReference.AsObject().Select(member => member.Key));
        var byEmail = (await partner.Identity.FindAsync("any-ref", "ana@EXAMPLE.org")).Is(200).Json;
        Assert.Equal(byReference.ToJsonString(), byEmail.ToJsonString());
    }

    [Fact]
    public async Task The_sample_of_a_partners_server_signs_what_the_app_takes()
    {
        var partner = await app.NewPartnerAsync();

        var (exitCode, output) = await SamplePrograms.RunAsync(
            "node",
            ["identity.mjs", partner.Identity.Key, partner.Identity.Secret],
            null,
            ("APP", app.Address.ToString().TrimEnd('/'))
        );

        Assert.True(exitCode == 0, output);
        Assert.Contains("still needed: NAME, ADDRESS, DOB, TIN", output, StringComparison.Ordinal);
        Assert.EndsWith("ready to pay", output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sparse_identity_has_no_account_yet()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("sparse-1")).Is(201);

        Assert.False((bool)(await partner.Identity.FindAsync("sparse-1")).Is(200).Json["account"]!["exists"]!);
    }

    [Fact]
    public async Task A_known_reference_or_email_is_refused_with_81_and_changes_nothing()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("known-1", "one@example.org")).Is(201);

        Is81(await partner.Identity.CreateAsync("known-1", "other@example.org"));
        Is81(await partner.Identity.CreateAsync("known-2", "One@Example.org"));
        Is81(await partner.Identity.CreateAsync("known-1"));
        (await partner.Identity.FindAsync("known-2")).Is(404);
        // The address of a refused creation is free.
        (await partner.Identity.CreateAsync("known-3", "other@example.org")).Is(201);
    }

    [Fact]
    public async Task Another_partners_identities_do_not_exist()
    {
        var one = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        (await one.Identity.CreateAsync("mine-1", "ana@example.org")).Is(201);

        (await other.Identity.FindAsync("mine-1")).Is(404);
        (await other.Identity.FindAsync("mine-1", "ana@example.org")).Is(404);
        (await other.Identity.UpdateAsync("mine-1", "ana@example.org")).Is(404);
        (await other.Identity.CreateAsync("mine-1", "ana@example.org")).Is(201);
    }

    [Fact]
    public async Task An_email_that_arrives_on_another_reference_makes_both_one_account()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("old-1", "ana@example.org")).Is(201);
        var createdAt = (string)(await partner.Identity.FindAsync("old-1")).Json["account"]!["createdAt"]!;
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await partner.Identity.CreateAsync("new-1")).Is(201);

        var updated = (await partner.Identity.UpdateAsync("new-1", "ana@example.org")).Is(200).Json;

        Assert.Equal("new-1", (string)updated["identityReference"]!);
        Assert.Equal(createdAt, (string)updated["account"]!["createdAt"]!);
        Assert.Equal(
            "new-1",
            (string)(await partner.Identity.FindAsync("any-ref", "ana@example.org")).Json["identityReference"]!
        );
        Assert.Equal("old-1", (string)(await partner.Identity.FindAsync("old-1")).Json["identityReference"]!);
        await app.IdleAsync();
        Is81(await partner.Identity.CreateAsync("third-1", "ana@example.org"));
    }

    [Fact]
    public async Task Chains_of_references_end_in_one_account()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("chain-1", "ana@example.org")).Is(201);
        var first = (await partner.Identity.FindAsync("chain-1")).Json["account"]!.ToJsonString();
        for (var i = 2; i <= 5; i++)
        {
            await app.AdvanceAsync(TimeSpan.FromSeconds(1));
            (await partner.Identity.CreateAsync($"chain-{i}")).Is(201);
            (await partner.Identity.UpdateAsync($"chain-{i}", "ana@example.org")).Is(200);
        }

        await app.IdleAsync();
        for (var i = 1; i <= 5; i++)
            Assert.Equal(first, (await partner.Identity.FindAsync($"chain-{i}")).Json["account"]!.ToJsonString());
        var roots = (await app.RowsAsync("Users", "RowKey eq 'user'"))
            .Where(row => row.PartitionKey.Contains("|chain-", StringComparison.Ordinal))
            .Select(row => row.GetString("Root"))
            .ToList();
        Assert.Equal(4, roots.Count(root => root == "chain-1"));
    }

    [Fact]
    public async Task A_hundred_references_with_one_email_are_one_account()
    {
        var partner = await app.NewPartnerAsync();
        var references = Enumerable.Range(0, 100).Select(i => $"many-{i}").ToList();
        foreach (var reference in references)
            (await partner.Identity.CreateAsync(reference)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));

        await Task.WhenAll(
            references.Select(async reference =>
                (await partner.Identity.UpdateAsync(reference, "same@example.org")).Is(200)
            )
        );

        await app.IdleAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var accounts = await Task.WhenAll(
            references.Select(async reference =>
                (await partner.Identity.FindAsync(reference)).Is(200).Json["account"]!.ToJsonString()
            )
        );
        Assert.Single(accounts.Distinct());
        var rows = (await app.RowsAsync("Users", "RowKey eq 'user'"))
            .Where(row => row.PartitionKey.Contains("|many-", StringComparison.Ordinal))
            .ToList();
        Assert.Single(rows, row => row.GetString("Root") is null);
        Assert.Single(rows.Select(row => row.GetString("Root")).OfType<string>().Distinct());
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            "/eapi/v0/identities/basic",
            new
            {
                identityReference = "not ok",
                email = "nobody",
                dateOfBirth = "2999-01-01",
                taxIdType = "ssn",
                taxId = "1",
                residentialAddress = new { country = "US", addressLine = "1 Main St" },
            }
        );

        reply.Is(422);
        Assert.Equal(
            [
                "dateOfBirth",
                "email",
                "identityReference",
                "residentialAddress.postCode",
                "residentialAddress.state",
                "residentialAddress.suburb",
                "taxId",
            ],
            reply.Json["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_member_that_is_no_field_is_named_by_its_place_in_a_header_and_changes_nothing_else()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            "/eapi/v0/identities/basic",
            """
            {"identityReference":"odd-1","e_mail":"ana@example.org","colour":"red",
            "residentialAddress":{"addressLine":"Av. 1","suburb":"Roma","postCode":"03940","country":"MX","postcode":"1"}}
            """
        );

        reply.Is(201);
        Assert.Equal(
            "residentialAddress.postcode is no field, residentialAddress.postCode is one; "
                + "e_mail is no field, email is one; colour is no field, so it was ignored",
            reply["X-Warnings"]
        );
        Assert.Equal(["identityReference", "createdAt"], reply.Json.AsObject().Select(member => member.Key));
        Assert.False((bool)(await partner.Identity.FindAsync("odd-1")).Is(200).Json["account"]!["exists"]!);
    }

    [Fact]
    public async Task A_person_of_a_link_is_an_identity()
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("both-1");

        Is81(await partner.Identity.CreateAsync("both-1"));
        Assert.Equal("PENDING", (string)(await partner.Identity.FindAsync("both-1")).Is(200).Json["kyc"]!["status"]!);
        await app.IdleAsync();
        (await partner.Identity.CreateAsync("both-2")).Is(201);
        await partner.CreateLinkAsync("both-2");
        await app.IdleAsync();
        var users = (await partner.GetAsync("/partner/users")).Is(200).Data["items"]!
            .AsArray()
            .Select(user => (string)user!["referenceId"]!);
        Assert.Equal(["both-1", "both-2"], users);
    }

    private static void Is81(Reply reply)
    {
        Assert.Equal(422, reply.Status);
        Assert.Equal(81, (int)reply.Json["code"]!);
        Assert.Equal("This identity exists for this reference or email address.", (string)reply.Json["message"]!);
    }
}
