using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>Bad input is refused with 4xx in the envelope, changes nothing, and is never a fault of ours.</summary>
public sealed class HostileRequestTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Json = "Content-Type: application/json\r\n";

    /// <summary>
    /// What it is, the request line and further headers ({key} is a good key), the body, and the status.
    /// </summary>
    public static TheoryData<string, string, string, string, int> Requests =>
        new()
        {
            // Bodies that are no JSON object.
            { "empty body", "POST /partner/links", Json, "", 400 },
            { "white space", "POST /partner/links", Json, "  \r\n ", 400 },
            { "half an object", "POST /partner/links", Json, "{\"referenceId\":", 400 },
            { "only a brace", "POST /partner/links", Json, "{", 400 },
            { "two objects", "POST /partner/links", Json, "{\"referenceId\":\"a\"}{\"referenceId\":\"b\"}", 400 },
            { "trailing comma", "POST /partner/links", Json, "{\"referenceId\":\"a\",}", 400 },
            { "comment", "POST /partner/links", Json, "{/* */\"referenceId\":\"a\"}", 400 },
            { "single quotes", "POST /partner/links", Json, "{'referenceId':'a'}", 400 },
            { "array", "POST /partner/links", Json, "[{\"referenceId\":\"a\"}]", 400 },
            { "string", "POST /partner/links", Json, "\"referenceId\"", 400 },
            { "number", "POST /partner/links", Json, "1", 400 },
            { "null", "POST /partner/links", Json, "null", 400 },
            { "true", "POST /partner/links", Json, "true", 400 },
            { "NaN", "POST /partner/links", Json, "{\"referenceId\":\"a\",\"expiresInMinutes\":NaN}", 400 },
            { "XML", "POST /partner/links", Json, "<a/>", 400 },
            {
                "a form",
                "POST /partner/links",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                "referenceId=a",
                400
            },
            { "member twice", "POST /partner/links", Json, "{\"referenceId\":\"a\",\"referenceId\":\"b\"}", 400 },
            {
                "member twice, once escaped",
                "POST /partner/links",
                Json,
                "{\"referenceId\":\"a\",\"\\u0072eferenceId\":\"b\"}",
                400
            },
            {
                "nested member twice",
                "POST /partner/links",
                Json,
                "{\"referenceId\":\"a\",\"metadata\":{\"x\":1,\"x\":2}}",
                400
            },
            { "17 levels of objects", "POST /partner/links", Json, Nested("{\"a\":", "}", 17), 400 },
            { "100,000 levels of arrays", "POST /partner/links", Json, Nested("[", "]", 100_000), 400 },
            { "half a surrogate pair as a value", "POST /partner/links", Json, "{\"referenceId\":\"\\ud83d\"}", 400 },
            { "half a surrogate pair as a name", "POST /partner/links", Json, "{\"\\udc00\":1}", 400 },
            {
                "half a surrogate pair in metadata's key",
                "POST /partner/links",
                Json,
                "{\"referenceId\":\"a\",\"metadata\":{\"\\ud800\":1}}",
                400
            },
            {
                "half a surrogate pair in metadata's value",
                "POST /partner/links",
                Json,
                "{\"referenceId\":\"a\",\"metadata\":{\"a\":\"\\ud800\"}}",
                400
            },
            { "NUL in a value", "POST /partner/links", Json, "{\"referenceId\":\"a\\u0000b\"}", 400 },
            { "raw NUL", "POST /partner/links", Json, "{\"referenceId\":\"a\0b\"}", 400 },
            { "raw control character", "POST /partner/links", Json, "{\"referenceId\":\"a\u0001b\"}", 400 },
            { "UTF-16", "POST /partner/links", Json, "{\0\"\0a\0\"\0:\01\0}\0", 400 },
            { "not UTF-8", "POST /partner/links", Json, "{\"referenceId\":\"\u00ff\u00fe\"}", 400 },
            {
                "two byte order marks",
                "POST /partner/links",
                Json,
                "\u00ef\u00bb\u00bf\u00ef\u00bb\u00bf{\"referenceId\":\"a\"}",
                400
            },
            {
                "1 MB in one member",
                "POST /partner/links",
                Json,
                $"{{\"referenceId\":\"{new string('a', 1_000_000)}\"}}",
                400
            },
            {
                "1 MB of members",
                "POST /partner/links",
                Json,
                "{" + string.Join(',', Enumerable.Range(0, 70_000).Select(i => $"\"m{i}\":{i}")) + "}",
                400
            },
            {
                "a number of 100,000 digits",
                "POST /partner/links",
                Json,
                $"{{\"referenceId\":\"a\",\"expiresInMinutes\":{new string('9', 100_000)}}}",
                400
            },
            { "8 MB and a byte", "POST /partner/links", Json, new string(' ', (8 * 1024 * 1024) + 1), 413 },
            // Every member of the wrong type at once.
            { "numbers everywhere", "POST /partner/links", Json, All("1"), 400 },
            { "strings everywhere", "POST /partner/links", Json, All("\"\""), 400 },
            { "arrays everywhere", "POST /partner/links", Json, All("[]"), 400 },
            { "objects everywhere", "POST /partner/links", Json, All("{}"), 400 },
            { "booleans everywhere", "POST /partner/links", Json, All("true"), 400 },
            { "nulls everywhere", "POST /partner/links", Json, All("null"), 400 },
            // Content types.
            { "no content type", "POST /partner/links", "", "{\"referenceId\":\"a\"}", 400 },
            { "text", "POST /partner/links", "Content-Type: text/plain\r\n", "{\"referenceId\":\"a\"}", 400 },
            {
                "malformed content type",
                "POST /partner/links",
                "Content-Type: ;;;\r\n",
                "{\"referenceId\":\"a\"}",
                400
            },
            {
                "content types as one",
                "POST /partner/links",
                "Content-Type: application/json, text/plain\r\n",
                "{}",
                400
            },
            {
                "content type twice",
                "POST /partner/links",
                Json + "Content-Type: text/plain\r\n",
                "{\"referenceId\":\"a\"}",
                400
            },
            // Keys.
            { "no key", "GET /partner/links", "X-API-Key:\r\n", "", 401 },
            {
                "a key and another",
                "GET /partner/links",
                "X-API-Key: {key}\r\nX-API-Key: m2m_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                "",
                401
            },
            { "a key with a bracket", "GET /partner/links", "X-API-Key: {key}]\r\n", "", 401 },
            { "a key in upper case", "GET /partner/links", "X-API-Key: {KEY}\r\n", "", 401 },
            {
                "a key of 7,000 characters",
                "GET /partner/links",
                $"X-API-Key: m2m_test_{new string('a', 7000)}\r\n",
                "",
                401
            },
            {
                "a key of the other environment",
                "GET /partner/links",
                "X-API-Key: m2m_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
                "",
                401
            },
            // Idempotency keys.
            {
                "empty idempotency key",
                "POST /partner/links",
                Json + "Idempotency-Key:\r\n",
                "{\"referenceId\":\"a\"}",
                400
            },
            {
                "two idempotency keys",
                "POST /partner/links",
                Json + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
                "{\"referenceId\":\"a\"}",
                400
            },
            {
                "idempotency key of 256",
                "POST /partner/links",
                Json + $"Idempotency-Key: {new string('k', 256)}\r\n",
                "{\"referenceId\":\"a\"}",
                400
            },
            // Routes and ids.
            { "unknown route", "GET /partner/nothing", "", "", 404 },
            { "unknown route outside", "GET /nothing", "", "", 404 },
            { "a page at the root", "GET /", "", "", 404 },
            { "dots", "GET /partner/links/../../etc/passwd", "", "", 404 },
            { "encoded slash as an id", "GET /partner/links/%2F", "", "", 404 },
            { "encoded dots as an id", "GET /partner/links/%2e%2e%2f", "", "", 404 },
            { "encoded NUL as an id", "GET /partner/links/%00", "", "", 400 },
            { "half an escape as an id", "GET /partner/links/%", "", "", 404 },
            { "overlong UTF-8 as an id", "GET /partner/links/%c0%af", "", "", 404 },
            { "5,000 characters as an id", $"GET /partner/links/{new string('a', 5000)}", "", "", 404 },
            { "a query as an id", "GET /partner/links/'%20or%201%20eq%201", "", "", 404 },
            {
                "an id with the greatest time",
                "GET /partner/links/link_{partner}_7zzzzzzzzzzzzzzzzzzzzzzzzz",
                "",
                "",
                404
            },
            {
                "an id with a time beyond the calendar",
                "GET /partner/links/link_{partner}_7c0000000000000000000000zz",
                "",
                "",
                404
            },
            {
                "an id with a time of zero",
                "GET /partner/links/link_{partner}_00000000000000000000000000",
                "",
                "",
                404
            },
            {
                "an id beyond the alphabet",
                "GET /partner/links/link_{partner}_8zzzzzzzzzzzzzzzzzzzzzzzzz",
                "",
                "",
                404
            },
            {
                "an id with a partner that cannot be",
                "GET /partner/links/link_A|B_01kg0000000000000000000000",
                "",
                "",
                404
            },
            {
                "opening an id with the greatest time",
                "POST /widget/links/link_{partner}_7zzzzzzzzzzzzzzzzzzzzzzzzz/open",
                "",
                "",
                404
            },
            {
                "revoking an id with the greatest time",
                "POST /partner/links/link_{partner}_7zzzzzzzzzzzzzzzzzzzzzzzzz/revoke",
                "",
                "",
                404
            },
            {
                "a page of an id with the greatest time",
                "GET /widget/link_{partner}_7zzzzzzzzzzzzzzzzzzzzzzzzz/m2m-basic",
                "",
                "",
                404
            },
            {
                "opening with a body of another kind",
                "POST /widget/links/x/open",
                "Content-Type: multipart/form-data; boundary=x\r\n",
                "--x",
                404
            },
            { "an operator's body of 20 KB", "POST /operator/partners", Json, new string(' ', 20_000), 413 },
            // Queries.
            { "page 0", "GET /partner/links?page=0", "", "", 400 },
            { "a huge page", "GET /partner/links?page=99999999999999999999", "", "", 400 },
            { "page twice", "GET /partner/links?page=1&page=2", "", "", 400 },
            { "an array of pages", "GET /partner/links?page[]=1&page=", "", "", 400 },
            { "NUL in the query", "GET /partner/links?referenceId=%00", "", "", 400 },
            { "a quote in the query", "GET /partner/links?referenceId='%20or%20true", "", "", 400 },
            { "a year of five digits", "GET /partner/links?from=12026-01-01", "", "", 400 },
            { "an offset beyond the calendar", "GET /partner/links?from=0001-01-01T00:00:00%2B14:00", "", "", 400 },
            { "Arabic digits", "GET /partner/links?limit=%D9%A5", "", "", 400 },
            { "half an escape in the query", "GET /partner/links?status=%zz", "", "", 400 },
            // Methods.
            { "PUT links", "PUT /partner/links", Json, "{}", 405 },
            { "DELETE a link", "DELETE /partner/links/x", "", "", 405 },
            { "PATCH a link", "PATCH /partner/links/x", Json, "{}", 405 },
            { "GET revoke", "GET /partner/links/x/revoke", "", "", 405 },
            { "GET open", "GET /widget/links/x/open/", "", "", 405 },
            { "POST endpoint", "POST /partner/webhooks/endpoint", Json, "{}", 405 },
            { "PUT operator's partners", "PUT /operator/partners", "", "", 405 },
            { "OPTIONS links", "OPTIONS /partner/links", "", "", 405 },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Is_refused_and_changes_nothing(string what, string line, string headers, string body, int status)
    {
        var partner = await app.NewPartnerAsync();
        var before = await SnapshotAsync();
        var errors = app.Log.Errors.Count;
        string Fill(string text) =>
            text.Replace("{key}", partner.Key, StringComparison.Ordinal)
                .Replace("{KEY}", partner.Key.ToUpperInvariant(), StringComparison.Ordinal)
                .Replace("{partner}", partner.Id, StringComparison.Ordinal);
        if (!headers.Contains("X-API-Key", StringComparison.Ordinal))
            headers += "X-API-Key: {key}\r\n";
        var length =
            body.Length > 0 || line.StartsWith('P')
                ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n")
                : "";

        using var raw = await RawHttp.ConnectAsync(app.Address);
        // Latin-1: each character of the table is a byte.
        var reply = await raw.SendAsync(
            Encoding.Latin1.GetBytes($"{Fill(line)} HTTP/1.1\r\nHost: localhost\r\n{Fill(headers)}{length}\r\n{body}")
        );

        Assert.True(reply.Status == status, $"{what}: {reply.Head[0]} {reply.Body}");
        if (reply["Content-Type"] is "application/json; charset=utf-8")
        {
            Reply.CheckEnvelope(JsonNode.Parse(reply.Body)!, status);
            Assert.NotNull(reply["X-Request-Id"]);
        }
        else
        {
            // The server itself refuses what is no HTTP; the link's page answers a person.
            Assert.True(
                what == "encoded NUL as an id" || what.StartsWith("a page", StringComparison.Ordinal),
                $"{what}: {reply.Head[0]} {reply.Body}"
            );
        }
        if (status == 405)
            Assert.Matches("^[A-Z]+(, [A-Z]+)*$", reply["Allow"]);
        Assert.Equal(before, await SnapshotAsync());
        Assert.Equal(errors, app.Log.Errors.Count);
    }

    [Theory]
    [InlineData("/partner/links", "GET, HEAD, POST")]
    [InlineData("/partner/links/x", "GET, HEAD")]
    [InlineData("/partner/links/x/revoke", "POST")]
    [InlineData("/partner/data-requests/x", "GET, HEAD, PUT")]
    [InlineData("/widget/links/x/open", "POST")]
    [InlineData("/operator/partners", "GET, HEAD, POST")]
    [InlineData("/operator/partners/x/keys", "POST")]
    [InlineData("/operator/partners/x/keys/y", "DELETE")]
    [InlineData("/operator/partners/x/suspend", "POST")]
    public async Task A_method_that_a_route_does_not_take_is_405_with_those_that_it_takes(string path, string allowed)
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.SendAsync(HttpMethod.Patch, path, "{}");
        Assert.Equal(allowed, reply.Is(405, "METHOD_NOT_ALLOWED")["Allow"]);
    }

    [Fact]
    public async Task A_body_without_a_length_is_refused_once_it_is_too_large()
    {
        var partner = await app.NewPartnerAsync();
        using var content = new EndlessContent(9 * 1024 * 1024);
        (await partner.SendAsync(HttpMethod.Post, "/partner/links", content)).Is(413, "INVALID_REQUEST");
    }

    [Fact]
    public async Task HEAD_has_the_headers_of_a_refusal_and_no_body()
    {
        var partner = await app.NewPartnerAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(app.Address, "/partner/links/x/revoke"));
        request.Headers.Add("X-API-Key", partner.Key);
        using var client = new HttpClient();
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(405, (int)response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow.Order());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static string Nested(string open, string close, int levels) =>
        string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));

    private static string All(string value) =>
        "{"
        + string.Join(
            ',',
            new[]
            {
                "referenceId",
                "expiresInMinutes",
                "userData",
                "metadata",
                "flow",
                "theme",
                "language",
                "callbackUrl",
            }.Select(name => $"\"{name}\":{value}")
        )
        + "}";

    /// <summary>Everything that is stored of links, persons and requests.</summary>
    private async Task<string> SnapshotAsync()
    {
        var rows = new List<string>();
        foreach (var table in new[] { "Users", "Links", "Idempotency", "Deliveries" })
            rows.AddRange(
                (await app.RowsAsync(table)).Select(row => $"{table} {row.PartitionKey} {row.RowKey} {row.ETag}")
            );
        return string.Join('\n', rows);
    }

    private sealed class EndlessContent : HttpContent
    {
        private readonly int _length;

        public EndlessContent(int length)
        {
            _length = length;
            Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            var chunk = Encoding.ASCII.GetBytes(new string(' ', 64 * 1024));
            for (var sent = 0; sent < _length; sent += chunk.Length)
                await stream.WriteAsync(chunk);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>
    /// On this machine no key is asked for; a page of another site that is open in a browser here must not act as the
    /// operator.
    /// </summary>
    [Theory]
    [InlineData("Host: evil.example")]
    [InlineData("Host: 127.0.0.1.evil.example")]
    [InlineData("Host: localhost\r\nOrigin: http://evil.example")]
    [InlineData("Host: localhost\r\nOrigin: null")]
    public async Task Another_site_s_page_reaches_neither_the_operator_s_routes_nor_the_clock(string headers)
    {
        foreach (var path in new[] { "/operator/partners/x/suspend", "/local/clock" })
        {
            using var raw = await RawHttp.ConnectAsync(app.Address);
            var reply = await raw.SendAsync(
                Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\n{headers}\r\nContent-Length: 0\r\n\r\n")
            );
            Assert.Equal((403, ""), (reply.Status, reply.Body));
        }
    }
}
