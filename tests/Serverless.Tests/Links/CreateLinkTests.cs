using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Ids;
using Xunit;

namespace Serverless.Tests.Links;

/// <summary><c>POST /partner/links</c>.</summary>
public sealed class CreateLinkTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_reference_alone_is_enough()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(new { referenceId = "cust-9001" });

        var data = reply.Is(201).Data;
        Assert.Equal(
            ["linkId", "referenceId", "status", "url", "token", "expiresAt", "createdAt"],
            data.AsObject().Select(member => member.Key)
        );
        Assert.Equal("cust-9001", (string?)data["referenceId"]);
        Assert.Equal("created", (string?)data["status"]);
        Assert.Equal($"{app.Address}widget/{data["linkId"]}/m2m-basic", (string?)data["url"]);
        Assert.True(Guid.TryParseExact((string?)data["token"], "D", out _));
        Assert.Equal("application/json", reply.MediaType);
        Assert.Equal("no-store", reply["Cache-Control"]);
    }

    [Fact]
    public async Task A_link_lives_60_minutes_unless_the_request_says_otherwise()
    {
        var partner = await app.NewPartnerAsync();
        var standard = await partner.CreateLinkAsync();
        Assert.Equal(TimeSpan.FromMinutes(60), standard.ExpiresAt - standard.CreatedAt);
        foreach (var minutes in new[] { 5, 61, 10080 })
        {
            var link = await partner.CreateLinkAsync(expiresInMinutes: minutes);
            Assert.Equal(TimeSpan.FromMinutes(minutes), link.ExpiresAt - link.CreatedAt);
        }
    }

    [Fact]
    public async Task Timestamps_are_ISO_8601_in_UTC_with_milliseconds()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        foreach (var member in new[] { "expiresAt", "createdAt" })
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)link.Created[member]!);
    }

    [Fact]
    public async Task An_id_names_the_partner_and_holds_80_random_bits_after_its_time()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync();
        var second = await partner.CreateLinkAsync();

        foreach (var link in new[] { first, second })
        {
            Assert.Matches($"^link_{partner.Id}_[0-9a-hjkmnp-tv-z]{{26}}$", link.Id);
            Assert.True(LinkId.TryParse(link.Id, out var id));
            Assert.Equal(link.CreatedAt, id.Id.Time);
        }
        Assert.NotEqual(first.Id[^16..], second.Id[^16..]);
    }

    [Fact]
    public async Task The_token_is_stored_as_its_hash_only()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        var token = (string)link.Created["token"]!;
        var rows = await app.RowsAsync("Users", $"RowKey eq 'link|{link.Id}'");
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token))),
            Assert.Single(rows).GetString("TokenHash")
        );
        Assert.DoesNotContain(
            rows[0],
            column => column.Value is string text && text.Contains(token, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_was_asked_for_comes_back_in_the_detail()
    {
        var partner = await app.NewPartnerAsync();
        var created = await partner.PostLinkAsync(
            new
            {
                referenceId = "cust-9002",
                flow = "m2m-basic",
                theme = "dark",
                language = "es",
                callbackUrl = "https://partner.example.com/hook?x=1",
                metadata = new
                {
                    order = "A-1",
                    amount = 12.50,
                    express = true,
                },
                userData = Samples.FullUserData(),
            }
        );
        var detail = (await partner.GetAsync($"/partner/links/{created.Is(201).Data["linkId"]}")).Is(200).Data;

        Assert.Equal("m2m-basic", (string?)detail["flow"]);
        Assert.Equal("dark", (string?)detail["theme"]);
        Assert.Equal("es", (string?)detail["language"]);
        Assert.Equal("https://partner.example.com/hook?x=1", (string?)detail["callbackUrl"]);
        Assert.Equal("""{"order":"A-1","amount":12.5,"express":true}""", detail["metadata"]!.ToJsonString());
        Assert.Matches($"^user_{partner.Id}_[0-9a-z]{{26}}$", (string)detail["userId"]!);
        Assert.Equal("Carlos", (string?)detail["userData"]!["name"]!["firstName"]);
        Assert.Equal(["name"], detail["userData"]!.AsObject().Select(member => member.Key));
        Assert.Null(detail["token"]);
    }

    [Fact]
    public async Task Unknown_members_are_ignored() =>
        (
            await (await app.NewPartnerAsync()).PostLinkAsync(
                """{"referenceId":"cust-1","unknown":{"deep":[1,2]},"email":"a@b.example"}"""
            )
        ).Is(201);

    [Fact]
    public async Task Null_members_count_as_absent() =>
        (
            await (await app.NewPartnerAsync()).PostLinkAsync(
                """{"referenceId":"cust-1","expiresInMinutes":null,"userData":null,"metadata":null,"flow":null,"theme":null,"language":null,"callbackUrl":null}"""
            )
        ).Is(201);

    [Theory]
    [InlineData("someone@example.com", true)]
    [InlineData("+5215512345678", true)]
    [InlineData("5215512345678", false)]
    [InlineData("cust:1_2.3-4+5", false)]
    public async Task An_unwise_reference_is_accepted_with_a_warning(string reference, bool warned)
    {
        var data = (await (await app.NewPartnerAsync()).PostLinkAsync(new { referenceId = reference })).Is(201).Data;
        Assert.Equal(reference, (string?)data["referenceId"]);
        Assert.Equal(warned ? "referenceId" : null, (string?)data["warnings"]?[0]?["field"]);
    }

    [Fact]
    public async Task References_are_case_sensitive()
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("Cust-A");
        await partner.CreateLinkAsync("cust-a");
        Assert.Equal("Cust-A", (string?)Assert.Single(await partner.ListAsync("?referenceId=Cust-A"))!["referenceId"]);
    }

    [Fact]
    public async Task A_second_link_of_a_person_is_refused_while_the_first_is_live()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync("cust-1");
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(409, "ACTIVE_LINK_EXISTS");
        await first.OpenAsync();
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(409, "ACTIVE_LINK_EXISTS");

        (await first.RevokeAsync()).Is(200);
        var second = await partner.CreateLinkAsync("cust-1");
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(2, (await partner.ListAsync("?referenceId=cust-1")).Count);
    }

    [Fact]
    public async Task One_reference_at_two_partners_is_two_persons()
    {
        var one = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        var first = await one.CreateLinkAsync("cust-1");
        var second = await other.CreateLinkAsync("cust-1");
        Assert.NotEqual(
            (await first.GetAsync()).Data["userId"]!.ToString(),
            (await second.GetAsync()).Data["userId"]!.ToString()
        );
    }

    [Fact]
    public async Task A_returning_person_keeps_its_id_and_newer_values_replace_older_ones_of_the_same_source()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync("cust-1", userData: Samples.FullUserData());
        await first.RevokeAsync();
        var second = await partner.CreateLinkAsync(
            "cust-1",
            userData: Samples.LeastUserData().With("name.firstName", "Carla")
        );

        var before = (await first.GetAsync()).Data;
        var after = (await second.GetAsync()).Data;
        Assert.Equal((string?)before["userId"], (string?)after["userId"]);
        var name = after["userData"]!["name"]!;
        Assert.Equal(
            ("Carla", "Gómez", "Ruiz", ""),
            (
                (string?)name["firstName"],
                (string?)name["lastName"],
                (string?)name["secondLastName"],
                (string?)name["secondName"]
            )
        );
    }

    [Fact]
    public async Task A_refused_creation_merges_nothing()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("cust-1", userData: Samples.LeastUserData());
        var before = await PartitionAsync(partner, "cust-1");

        (
            await partner.PostLinkAsync(
                new { referenceId = "cust-1", userData = Samples.FullUserData().With("name.firstName", "Other") }
            )
        ).Is(409, "ACTIVE_LINK_EXISTS");

        Assert.Equal(before, await PartitionAsync(partner, "cust-1"));
        Assert.Equal("Carlos", (string?)(await link.GetAsync()).Data["userData"]!["name"]!["firstName"]);
        Assert.Single(await partner.ListAsync());
    }

    [Theory]
    [InlineData(false, "DataIncomplete")]
    [InlineData(true, "DataComplete")]
    public async Task The_person_s_data_is_evaluated_at_once(bool complete, string status)
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("cust-1", userData: complete ? Samples.FullUserData() : Samples.LeastUserData());
        Assert.Equal(
            status,
            Assert
                .Single(await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|cust-1' and RowKey eq 'user'"))
                .GetString("Status")
        );
    }

    [Fact]
    public async Task An_explicitly_empty_second_name_counts_as_supplied_and_an_absent_one_as_missing()
    {
        var partner = await app.NewPartnerAsync();
        var absent = Samples.FullUserData();
        absent["name"]!.AsObject().Remove("secondName");
        await partner.CreateLinkAsync("cust-1", userData: absent);
        await partner.CreateLinkAsync("cust-2", userData: Samples.FullUserData().With("name.secondName", " "));
        await partner.CreateLinkAsync("cust-3", userData: Samples.FullUserData().With("name.secondName", null));
        Assert.Equal(
            ["DataIncomplete", "DataComplete", "DataIncomplete"],
            (
                await app.RowsAsync(
                    "Users",
                    $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}' and RowKey eq 'user'"
                )
            ).Select(row => row.GetString("Status"))
        );
    }

    [Fact]
    public async Task Every_field_is_stored_with_its_source_its_time_and_the_link_that_it_came_through()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("cust-1", userData: Samples.FullUserData());
        var fields = await app.RowsAsync(
            "Users",
            $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'field|' and RowKey lt 'field}}'"
        );
        Assert.Equal(
            [
                "dob",
                "idNumber",
                "idType",
                "name.firstName",
                "name.lastName",
                "name.secondLastName",
                "name.secondName",
                "paymentMethod",
            ],
            fields.Select(row => row.RowKey["field|".Length..]).Order(StringComparer.Ordinal)
        );
        Assert.All(
            fields,
            row =>
                Assert.Equal(
                    ("partner_api", link.CreatedAt, link.Id),
                    (row.GetString("Source"), row.GetDateTimeOffset("At"), row.GetString("Via"))
                )
        );
    }

    [Fact]
    public async Task Names_keep_their_Unicode_and_lose_the_space_around_them()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(
            userData: Samples
                .LeastUserData()
                .With("name.firstName", "  José Ángel 陳 🙂 ")
                .With("name.lastName", "O’Neill-Ñandú")
        );
        var name = (await link.GetAsync()).Data["userData"]!["name"]!;
        Assert.Equal(("José Ángel 陳 🙂", "O’Neill-Ñandú"), ((string?)name["firstName"], (string?)name["lastName"]));
    }

    [Fact]
    public async Task A_picture_of_5_MB_is_taken_and_never_shown()
    {
        var partner = await app.NewPartnerAsync();
        var picture = new byte[5 * 1024 * 1024];
        new Random(1).NextBytes(picture);
        new byte[] { 0xFF, 0xD8, 0xFF }.CopyTo(picture, 0);
        var link = await partner.CreateLinkAsync(
            "cust-1",
            userData: Samples
                .LeastUserData()
                .With("idImage", "data:image/jpeg;base64," + Convert.ToBase64String(picture))
        );
        Assert.DoesNotContain("image", (await link.GetAsync()).Text, StringComparison.OrdinalIgnoreCase);
        Assert.True(
            (
                await app.RowsAsync(
                    "Users",
                    $"PartitionKey eq '{partner.Id}|cust-1' and RowKey ge 'file|' and RowKey lt 'file}}'"
                )
            ).Count > 5
        );
    }

    [Fact]
    public async Task Another_partner_s_link_is_as_unknown_as_one_that_never_was()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        var other = await app.NewPartnerAsync();
        (await other.GetAsync($"/partner/links/{link.Id}")).Is(404, "RESOURCE_NOT_FOUND");
        (await other.PostAsync($"/partner/links/{link.Id}/revoke")).Is(404, "RESOURCE_NOT_FOUND");
        (await other.GetAsync($"/partner/links/{LinkId.New(LinkId.FromStorage(link.Id).Partner, link.CreatedAt)}")).Is(
            404,
            "RESOURCE_NOT_FOUND"
        );
        Assert.Empty(await other.ListAsync());
        Assert.Equal("created", await link.StatusAsync());
    }

    [Fact]
    public async Task A_deployed_app_s_links_begin_with_its_public_address()
    {
        await using var deployed = await TestApp.StartAsync(("PublicBaseUrl", "https://widget.example.com/"));
        var link = await (await deployed.NewPartnerAsync()).CreateLinkAsync();
        Assert.Equal($"https://widget.example.com/widget/{link.Id}/m2m-basic", link.Url.ToString());
    }

    [Fact]
    public async Task A_flow_is_one_of_those_that_are_configured()
    {
        await using var other = await TestApp.StartAsync(("Links:Flows", "m2m-basic, m2m-express"));
        var partner = await other.NewPartnerAsync();
        Assert.EndsWith(
            "/m2m-express",
            (string?)
                (await partner.PostLinkAsync(new { referenceId = "cust-1", flow = "m2m-express" })).Is(201).Data["url"],
            StringComparison.Ordinal
        );
        (await partner.PostLinkAsync(new { referenceId = "cust-2", flow = "m2m-other" })).Is(400);
    }

    private async Task<string[]> PartitionAsync(TestPartner partner, string reference)
    {
        await app.IdleAsync();
        return
        [
            .. (await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|{reference}'")).Select(row =>
                $"{row.RowKey} {row.ETag}"
            ),
        ];
    }
}
