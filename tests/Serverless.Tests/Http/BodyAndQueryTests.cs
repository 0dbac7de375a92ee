using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Serverless.Tests.Identities;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>How bodies and queries may be written, alike in both APIs.</summary>
public sealed class BodyAndQueryTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_compressed_body_is_refused_by_the_name_of_its_header()
    {
        var partner = await app.NewPartnerAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync("""{"referenceId":"r-1"}"""u8.ToArray(), TestContext.Current.CancellationToken);

        using var content = Content(packed.ToArray(), "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        var reply = await partner.SendAsync(HttpMethod.Post, "/partner/links", content);
        Assert.Equal(["Content-Encoding"], reply.Is(415, "INVALID_REQUEST").Fields);

        var target = "/eapi/v0/identities/basic";
        using var signed = Content(packed.ToArray(), "application/json");
        signed.Headers.ContentEncoding.Add("gzip");
        reply = await app.SendAsync(
            HttpMethod.Post,
            target,
            signed,
            ("Authorization", partner.Identity.Authorize("POST", target, packed.ToArray()))
        );
        Assert.Equal(["Content-Encoding"], reply.Is(415).Fields);
    }

    [Theory]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=latin1", 415)]
    [InlineData("application/json; charset=iso-8859-1", 415)]
    [InlineData("application/json; charset=UTF-8", 201)]
    [InlineData("application/json; charset=\"utf-8\"", 201)]
    [InlineData("application/vnd.api+json", 201)]
    [InlineData("text/plain", 400)]
    public async Task A_body_is_UTF_8_and_is_not_read_as_it_where_it_says_otherwise(string type, int status)
    {
        var partner = await app.NewPartnerAsync();
        var bytes = Encoding.UTF8.GetBytes("""{"referenceId":"r-1","identityReference":"i-1"}""");
        using var content = Content(bytes, type);
        var reply = await partner.SendAsync(HttpMethod.Post, "/partner/links", content);
        Assert.Equal(status < 400 ? [] : ["Content-Type"], reply.Is(status).Fields);

        using var signed = Content(bytes, type);
        var target = "/eapi/v0/identities/basic";
        reply = await app.SendAsync(
            HttpMethod.Post,
            target,
            signed,
            ("Authorization", partner.Identity.Authorize("POST", target, bytes))
        );
        Assert.Equal(status < 400 ? [] : ["Content-Type"], reply.Is(status).Fields);
    }

    [Fact]
    public async Task A_mark_of_byte_order_before_the_body_is_skipped()
    {
        var partner = await app.NewPartnerAsync();
        byte[] link = [.. Encoding.UTF8.Preamble, .. """{"referenceId":"r-1"}"""u8];
        (await partner.PostLinkAsync(link)).Is(201);
        byte[] identity = [.. Encoding.UTF8.Preamble, .. """{"identityReference":"i-1"}"""u8];
        (await partner.Identity.PostAsync("/eapi/v0/identities/basic", identity)).Is(201);
        byte[] twice = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.Preamble, .. """{"referenceId":"r-2"}"""u8];
        Assert.Equal(["body"], (await partner.PostLinkAsync(twice)).Is(400).Fields);
    }

    [Theory]
    [InlineData("60.0", 201)]
    [InlineData("6e1", 201)]
    [InlineData("6.0E+1", 201)]
    [InlineData("60.00000001", 400)]
    [InlineData("60.0000000000000000000000000000000000000001", 400)]
    [InlineData("1e1000000", 400)]
    public async Task A_whole_number_is_one_however_it_is_written(string minutes, int status)
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync($$"""{"referenceId":"r-1","expiresInMinutes":{{minutes}}}""");
        Assert.Equal(status < 400 ? [] : ["expiresInMinutes"], reply.Is(status).Fields);
    }

    [Fact]
    public async Task What_is_required_and_null_is_required()
    {
        var partner = await app.NewOtpPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            "/eapi/v1/verifications/otp/verify",
            """{"identityReference":"i-1","email":"ana@example.org","code":null}"""
        );
        Assert.Equal([("code", "is required")], reply.Is(400, "4002").Details);
        reply = await partner.Identity.PostAsync(
            "/eapi/v1/verifications/otp/verify",
            """{"identityReference":"i-1","email":"ana@example.org","code":1234}"""
        );
        Assert.Equal([("code", "must be a string: it must have 4 digits")], reply.Is(422).Details);
        Assert.Equal(
            [("referenceId", "is required")],
            (await partner.PostLinkAsync("""{"referenceId":null}""")).Is(400).Details
        );
    }

    [Fact]
    public async Task An_amount_that_is_missing_is_told_in_a_sentence()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            "/eapi/v0/identities/transactions/eligibility",
            new
            {
                identityReference = "i-1",
                method = "m",
                transactionType = "ONRAMP",
                fiat = "EUR",
                crypto = "BTC",
                blockchain = "BTC",
            }
        );
        Assert.Equal(
            [("fiatAmount", "must be given, or cryptoAmount instead of it: one of the two")],
            reply.Is(422).Details
        );
    }

    [Fact]
    public async Task A_parameter_that_a_route_does_not_have_is_refused_with_those_that_it_has()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        (string, string) Refused(string taken) => ("stat", $"is no parameter of this route, which takes {taken}");

        var reply = await partner.GetAsync("/partner/users?stat=x");
        Assert.Equal([Refused("cursor, limit, page, status")], reply.Is(400, "INVALID_REQUEST").Details);
        foreach (
            var refused in new[]
            {
                await partner.GetAsync($"/partner/links/{link.Id}?stat=x"),
                await partner.PostAsync($"/partner/links/{link.Id}/revoke?stat=x"),
                await app.PostAsync($"/operator/partners/{partner.Id}/suspend?stat=x"),
            }
        )
            Assert.Equal([Refused("none")], refused.Is(400, "INVALID_REQUEST").Details);
        reply = await partner.Identity.PostAsync("/eapi/v0/identities/basic?stat=x", new { identityReference = "i-1" });
        Assert.Equal([Refused("none")], reply.Is(422).Details);
        // Nothing was done.
        Assert.Equal("created", await link.StatusAsync());
        (await partner.Identity.GetAsync("/eapi/v0/identities/i-1")).Is(404);
    }

    [Theory]
    [InlineData("/partner/links?reference=x", "reference")]
    [InlineData("/partner/operations?linkid=x&statuss=failed", "linkId statuss")]
    [InlineData("/partner/users?state=pending", "state")]
    [InlineData("/partner/webhooks/deliveries?since=2026-01-01", "since")]
    [InlineData("/partner/events?cursor=x", "cursor")]
    [InlineData("/partner/links?%C3%A4=1&=2", "query")]
    public async Task A_parameter_that_nobody_asked_for_is_refused(string target, string fields)
    {
        var partner = await app.NewPartnerAsync();
        Assert.Equal(fields.Split(' '), (await partner.GetAsync(target)).Is(400, "INVALID_REQUEST").Fields);
    }

    [Fact]
    public async Task A_parameter_that_nobody_asked_for_is_refused_by_the_operator_s_and_the_identity_API_s_lists_too()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("i-1")).Is(201);
        Assert.Equal(
            ["mail"],
            (await partner.Identity.GetAsync("/eapi/v0/identities/i-1?mail=ana@example.org")).Is(422).Fields
        );
        Assert.Equal(
            ["partner"],
            (await app.GetAsync($"/operator/merges?partnerId={partner.Id}&partner=x")).Is(400).Fields
        );
        // Where Azure's host takes a function's key.
        (await app.GetAsync($"/operator/merges?partnerId={partner.Id}&code=key")).Is(200);
    }

    [Fact]
    public async Task Lists_judge_a_link_s_id_alike()
    {
        var partner = await app.NewPartnerAsync();
        var stranger = await (await app.NewPartnerAsync()).CreateLinkAsync();
        foreach (var list in new[] { "/partner/operations", "/partner/webhooks/deliveries" })
        {
            foreach (var bad in new[] { "x", "op_x_1", "link_", "%20" })
                Assert.Equal(
                    ["linkId"],
                    (await partner.GetAsync($"{list}?linkId={bad}")).Is(400, "INVALID_REQUEST").Fields
                );
            foreach (var other in new[] { "link_x_1", stranger.Id })
                Assert.Empty((await partner.GetAsync($"{list}?linkId={other}")).Is(200).Data["items"]!.AsArray());
        }
    }

    [Theory]
    [InlineData("/partner/links?from=2026-05-04T10:30:00+01:00", "from")]
    [InlineData("/partner/operations?to=2026-05-04T10:30:00+01:00", "to")]
    [InlineData("/partner/webhooks/deliveries?from=2026-05-04T10:30:00+01:00", "from")]
    [InlineData("/partner/links?referenceId=+525512345678", "referenceId")]
    public async Task A_plus_in_a_query_that_was_not_encoded_is_told(string target, string field)
    {
        var partner = await app.NewPartnerAsync();
        var detail = (await partner.GetAsync(target)).Is(400).Details.Single();
        Assert.Equal(field, detail.Field);
        Assert.EndsWith("; write + as %2B: in a query it means a space", detail.Message, StringComparison.Ordinal);
        (await partner.GetAsync(target.Replace("+", "%2B", StringComparison.Ordinal))).Is(200);
    }

    [Fact]
    public async Task The_first_letter_of_a_partner_s_name_is_shown_whole()
    {
        foreach (var (name, mark) in new[] { ("🙂 Pay", "&#128578;"), ("👩‍👩‍👧 Pay", "👩‍👩‍👧"), ("éclair", "É") })
        {
            var id = $"e-{Guid.NewGuid():N}"[..12];
            var created = (await app.PostAsync("/operator/partners", new { partnerId = id, name })).Is(201).Data;
            var link = (
                await app.PostAsync(
                    "/partner/links",
                    new { referenceId = "r-1" },
                    ("X-API-Key", (string)created["apiKey"]!)
                )
            )
                .Is(201)
                .Data;
            var page = (await app.GetAsync(new Uri((string)link["url"]!).PathAndQuery)).Is(200).Text;
            var shown = page.Split("class=\"mark\"", 2)[1].Split('>', 2)[1].Split('<', 2)[0];
            Assert.Equal(System.Net.WebUtility.HtmlDecode(mark), System.Net.WebUtility.HtmlDecode(shown));
        }
    }

    [Theory]
    [InlineData("caf\u00e9")]
    [InlineData("caf\u00c3\u00a9")]
    public async Task A_header_that_is_not_ASCII_is_answered_with_its_name(string value)
    {
        using var raw = await RawHttp.ConnectAsync(app.Address);
        var reply = await raw.SendAsync(
            Encoding.Latin1.GetBytes($"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Name: {value}\r\n\r\n")
        );
        Assert.Equal((400, "The header X-Name holds a character that is not ASCII."), (reply.Status, reply.Body));
    }

    private static ByteArrayContent Content(byte[] bytes, string type) =>
        new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
}
