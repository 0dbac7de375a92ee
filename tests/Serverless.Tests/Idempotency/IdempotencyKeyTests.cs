using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Tests.Idempotency;

/// <summary><c>Idempotency-Key</c> on <c>POST /partner/links</c>.</summary>
public sealed class IdempotencyKeyTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_same_request_gets_the_first_answer_again()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var body = new
        {
            referenceId = "a@b.example",
            userData = Samples.FullUserData(),
            metadata = new { a = 1 },
        };
        var first = await partner.PostLinkAsync(body, "key 1");
        var again = await partner.PostLinkAsync(body, "key 1");

        Assert.Null(first.Is(201)["Idempotency-Replayed"]);
        Assert.Equal("true", again.Is(201)["Idempotency-Replayed"]);
        Assert.Equal(first.Text, again.Text);
        Assert.Single(await partner.ListAsync());
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Single(inbox.Received);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_409()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.PostLinkAsync("""{"referenceId":"cust-1"}""", "key")).Is(201);
        (await partner.PostLinkAsync("""{"referenceId":"cust-2"}""", "key")).Is(409, "IDEMPOTENCY_KEY_REUSED");
        (await partner.PostLinkAsync("""{"referenceId": "cust-1"}""", "key")).Is(409, "IDEMPOTENCY_KEY_REUSED");
        Assert.Single(await partner.ListAsync());
    }

    [Fact]
    public async Task Of_50_parallel_requests_with_one_key_all_get_the_same_link_and_token()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => partner.PostLinkAsync(new { referenceId = "cust-1" }, "key"))
        );
        Assert.All(replies, reply => reply.Is(201));
        Assert.Single(replies.Select(reply => reply.Text).Distinct());
        Assert.True(replies.Count(reply => reply["Idempotency-Replayed"] == "true") >= 49);
        Assert.Single(await partner.ListAsync());
        await app.AdvanceAsync(TimeSpan.FromHours(7));
        Assert.Single(inbox.Received, webhook => webhook.Event == "link.created");
    }

    [Fact]
    public async Task A_refusal_is_repeated_even_when_the_reason_is_gone()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("cust-1");
        (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(409, "ACTIVE_LINK_EXISTS");
        await link.RevokeAsync();
        Assert.Equal(
            "true",
            (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(409, "ACTIVE_LINK_EXISTS")[
                "Idempotency-Replayed"
            ]
        );
        (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "another key")).Is(201);
    }

    [Theory]
    [InlineData("ACTIVE_LINK_EXISTS")]
    [InlineData("USER_ERASED")]
    public async Task A_refusal_that_an_earlier_build_remembered_by_its_code_is_repeated(string code)
    {
        const string Body = """{"referenceId":"cust-1"}""";
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync("cust-1");
        (await partner.PostLinkAsync(Body, "key")).Is(409);
        var row = Assert.Single(
            await app.RowsAsync("Idempotency", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        // The columns as they were then.
        var earlier = new TableEntity(row.PartitionKey, row.RowKey)
        {
            ["Fingerprint"] = Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes("POST /partner/links\n" + Body))
            ),
            ["ResourceId"] = row.GetString("ResourceId"),
            ["Token"] = row.GetString("Token"),
            ["CreatedAt"] = row.GetDateTimeOffset("CreatedAt"),
            ["Refusal"] = code,
        };
        await app.Table("Idempotency")
            .UpdateEntityAsync(earlier, row.ETag, TableUpdateMode.Replace, TestContext.Current.CancellationToken);

        Assert.Equal("true", (await partner.PostLinkAsync(Body, "key")).Is(409, code)["Idempotency-Replayed"]);
        Assert.Single(await partner.ListAsync());
    }

    [Fact]
    public async Task The_same_request_in_another_spelling_of_its_path_is_the_same_request()
    {
        var partner = await app.NewPartnerAsync();
        var body = new { referenceId = "cust-1" };
        var first = (await partner.PostLinkAsync(body, "key")).Is(201);
        foreach (var path in new[] { "/partner/links/", "/Partner/LINKS", "/partner/%6cinks" })
        {
            var again = (await partner.SendAsync(HttpMethod.Post, path, body, ("Idempotency-Key", "key"))).Is(201);
            Assert.Equal((first.Text, "true"), (again.Text, again["Idempotency-Replayed"]));
        }
    }

    [Fact]
    public async Task A_request_that_was_not_valid_leaves_its_key_free()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.PostLinkAsync(new { referenceId = "a b" }, "key")).Is(400);
        (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(201);
    }

    [Fact]
    public async Task The_first_answer_comes_again_after_the_link_was_revoked()
    {
        var partner = await app.NewPartnerAsync();
        var first = (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(201);
        (await partner.PostAsync($"/partner/links/{first.Data["linkId"]}/revoke")).Is(200);
        Assert.Equal(first.Text, (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(201).Text);
    }

    [Fact]
    public async Task Keys_are_a_partner_s_own()
    {
        var one = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        (await one.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(201);
        Assert.Null((await other.PostLinkAsync(new { referenceId = "cust-2" }, "key")).Is(201)["Idempotency-Replayed"]);
    }

    [Fact]
    public async Task Keys_are_remembered_for_24_hours_and_not_longer()
    {
        var partner = await app.NewPartnerAsync();
        var first = (await partner.PostLinkAsync(new { referenceId = "cust-1", expiresInMinutes = 5 }, "key")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        Assert.Equal(
            first.Text,
            (await partner.PostLinkAsync(new { referenceId = "cust-1", expiresInMinutes = 5 }, "key")).Is(201).Text
        );

        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        var second = (await partner.PostLinkAsync(new { referenceId = "cust-1", expiresInMinutes = 6 }, "key")).Is(201);
        Assert.NotEqual((string?)first.Data["linkId"], (string?)second.Data["linkId"]);
    }

    [Fact]
    public async Task Keys_past_their_time_are_deleted_by_the_nightly_run()
    {
        var partner = await app.NewPartnerAsync();
        await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key");
        Assert.Single(
            await app.RowsAsync("Idempotency", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        );
        await app.AdvanceAsync(TimeSpan.FromHours(49));
        Assert.Empty(await app.RowsAsync("Idempotency"));
    }

    [Fact]
    public async Task The_key_is_stored_hashed()
    {
        var partner = await app.NewPartnerAsync();
        await partner.PostLinkAsync(new { referenceId = "cust-1" }, "order-of-jane@example.com");
        Assert.DoesNotContain(
            await app.RowsAsync("Idempotency"),
            row =>
                row.PartitionKey.Contains("jane", StringComparison.Ordinal)
                || row.Any(column => column.Value is string text && text.Contains("jane", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(255, true)]
    [InlineData(0, false)]
    [InlineData(256, false)]
    public async Task A_key_has_1_to_255_characters(int length, bool accepted)
    {
        var reply = await (await app.NewPartnerAsync()).PostLinkAsync(
            new { referenceId = "cust-1" },
            new string('k', length)
        );
        Assert.Equal(accepted ? [] : ["Idempotency-Key"], reply.Is(accepted ? 201 : 400).Fields);
    }

    [Theory]
    [InlineData("a\tb")]
    public async Task A_key_is_printable_ASCII(string key)
    {
        using var socket = await RawHttp.ConnectAsync(app.Address);
        var partner = await app.NewPartnerAsync();
        var reply = await socket.SendAsync([
            .. Encoding.UTF8.GetBytes(
                $"POST /partner/links HTTP/1.1\r\nHost: a\r\nX-API-Key: {partner.Key}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{{\"referenceId\":\"cust\"}}"
            ),
        ]);
        Assert.Equal(400, reply.Status);
        Assert.Contains("Idempotency-Key", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_answer_comes_again_after_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-");
        try
        {
            await using var own = await TestApp.StartAsync(("Local:DataFolder", folder.FullName));
            var partner = await own.NewPartnerAsync();
            var first = (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(201);
            await own.RestartAsync();
            var again = (await partner.PostLinkAsync(new { referenceId = "cust-1" }, "key")).Is(201);
            Assert.Equal(first.Text, again.Text);
            Assert.Equal("true", again["Idempotency-Replayed"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
