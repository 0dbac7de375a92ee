using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Serverless.HostApp;
using Xunit;

namespace Serverless.Conformance.Host;

public sealed class SharedApp : IAsyncLifetime
{
    public HostedApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await HostedApp.StartAsync();

    public ValueTask DisposeAsync() => App?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>How requests reach functions, and how their answers come back.</summary>
public sealed class HttpTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly HostedApp _app = shared.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Method_route_body_and_invocation_reach_the_function()
    {
        using var response = await _app.Http.PutAsync("/api/echo/a/b?x=1&x=2", new StringContent("the body"), Cancel);

        var seen = (await response.Content.ReadFromJsonAsync<Seen>(Cancel))!;
        Assert.Equal(
            ("PUT", "/api/echo/a/b", "?x=1&x=2", "a/b", "the body"),
            (seen.Method, seen.Path, seen.Query, seen.Rest, seen.Body)
        );
        Assert.Equal([seen.Invocation], seen.Headers["x-ms-invocation-id"]);
    }

    [Fact]
    public async Task A_function_that_throws_is_500_without_a_body()
    {
        using var response = await _app.Http.GetAsync("/api/throw", Cancel);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
        await Eventually.IsAsync(() =>
            _app.Complaints.Any(line => line.Contains("thrown for GET", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_no_answer()
    {
        using var response = await _app.Http.GetAsync("/api/half", HttpCompletionOption.ResponseHeadersRead, Cancel);

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task An_answer_streams_while_the_function_goes_on()
    {
        using var response = await _app.Http.GetAsync(
            "/api/stream/s",
            HttpCompletionOption.ResponseHeadersRead,
            Cancel
        );
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));

        Assert.Equal("first", await reader.ReadLineAsync(Cancel));
        using (await _app.Http.PostAsync("/api/notes/read s", null, Cancel))
            Assert.Equal("second", await reader.ReadLineAsync(Cancel));
        Assert.Null(await reader.ReadLineAsync(Cancel));
    }

    [Fact]
    public async Task A_late_answer_arrives() =>
        Assert.Equal("late", await _app.Http.GetStringAsync("/api/late", Cancel));

    [Theory]
    [InlineData("GET", "/api/nowhere")]
    [InlineData("GET", "/nowhere")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/admin/functions")]
    [InlineData("POST", "/admin/functions/Hourly")]
    [InlineData("GET", "/runtime/webhooks/durabletask/instances")]
    [InlineData("PATCH", "/api/verbs")]
    [InlineData("BREW", "/api/echo/a")]
    [InlineData("GET", "/api/measure")]
    public async Task What_no_template_and_method_fit_is_404_without_a_body(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await _app.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Theory]
    [InlineData("/api/things/new", "new")]
    [InlineData("/api/things/other", "by id")]
    [InlineData("/api/pairs/a/b", "right is b")]
    [InlineData("/api/pairs/a/c", "left is a")]
    [InlineData("/api/numbers/7", "number 7")]
    [InlineData("/api/numbers/0", "text 0")]
    [InlineData("/api/numbers/x", "text x")]
    [InlineData("/api/verbs", "read")]
    [InlineData("/API/VERBS", "read")]
    [InlineData("/api/withoutroute", "by name")]
    public async Task The_first_template_that_fits_answers(string path, string answer) =>
        Assert.Equal(answer, await _app.Http.GetStringAsync(path, Cancel));

    [Fact]
    public async Task Two_functions_share_a_template_by_their_methods()
    {
        using var response = await _app.Http.PostAsync("/api/verbs", null, Cancel);

        Assert.Equal("write", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_function_with_a_key_is_open_on_this_machine() =>
        Assert.Equal("open", await _app.Http.GetStringAsync("/api/keyed", Cancel));

    [Fact]
    public async Task Parameters_are_bound_by_name_from_what_the_caller_sends_too()
    {
        Assert.Equal("nobody", await _app.Http.GetStringAsync("/api/value", Cancel));
        Assert.Equal("mallory", await _app.Http.GetStringAsync("/api/value?partner=mallory", Cancel));
        using var body = await _app.Http.PostAsJsonAsync("/api/value", new { partner = "eve" }, Cancel);
        Assert.Equal("eve", await body.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_token_by_name_fails_when_the_caller_sets_it()
    {
        Assert.Equal("a token", await _app.Http.GetStringAsync("/api/token", Cancel));
        using var query = await _app.Http.GetAsync("/api/token?ct=1", Cancel);
        using var member = await _app.Http.PostAsJsonAsync("/api/token", new { ct = 1 }, Cancel);

        Assert.Equal((500, 500), ((int)query.StatusCode, (int)member.StatusCode));
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("[1]", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("{\"a\":1}", "application/json; charset=utf-16")]
    [InlineData("{\"a\":1}", "application/json; charset=nonsense")]
    public async Task A_body_that_is_not_what_it_says_reaches_the_function_unchanged(string body, string type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await _app.Http.PostAsync("/api/echo", content, Cancel);

        Assert.Equal(body, (await response.Content.ReadFromJsonAsync<Seen>(Cancel))!.Body);
    }

    [Fact]
    public async Task Repeated_headers_arrive_joined()
    {
        var seen = await EchoAsync("/api/echo", "Idempotency-Key: one", "Idempotency-Key: two");

        Assert.Equal(["one, two"], seen.Headers["Idempotency-Key"]);
    }

    [Fact]
    public async Task What_the_host_says_of_a_request_cannot_be_said_by_the_client()
    {
        var seen = await EchoAsync(
            "/api/echo/%41",
            "X-Forwarded-For: 6.6.6.6",
            "X-Forwarded-Host: evil.example",
            "X-Forwarded-Proto: gopher",
            "x-ms-invocation-id: mine",
            "X-WAWS-Unencoded-URL: /evil",
            "X-WAWS-Unencoded-URL: /evil"
        );

        // The worker takes these from the X-Forwarded headers and removes them.
        Assert.Equal(("127.0.0.1", "localhost", "http"), (seen.Client, seen.Host, seen.Scheme));
        Assert.DoesNotContain(
            seen.Headers,
            header => header.Value.Any(value => value.Contains("evil", StringComparison.Ordinal))
        );
        Assert.Equal([seen.Invocation], seen.Headers["x-ms-invocation-id"]);
        Assert.Equal(["/api/echo/%41"], seen.Headers["X-WAWS-Unencoded-URL"]);
    }

    [Fact]
    public async Task The_trace_that_the_caller_names_reaches_the_function()
    {
        var seen = await EchoAsync("/api/echo", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        Assert.Contains("0af7651916cd43dd8448eb211c80319c", seen.Trace, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/echo/a%40b%3Ac%2Bd%21e%24f%26g%27h%28i%3Bj%3Dk%7El%2Dm", "/api/echo/a@b:c+d!e$f&g'h(i;j=k~l-m")]
    [InlineData("/api/echo/a%2Fb", "/api/echo/a%2Fb")]
    [InlineData("/api/echo/a%2fb", "/api/echo/a%2fb")]
    [InlineData("/api/echo/%c3%a9", "/api/echo/%C3%A9")]
    [InlineData("/api/echo/a/../b/./c", "/api/echo/b/c")]
    [InlineData("/api/echo?a=%7e%2d%41", "/api/echo?a=~-A")]
    [InlineData("/api/echo?a=%c3%a9%2f", "/api/echo?a=%C3%A9%2f")]
    [InlineData("/api/echo?a=\"{}|^\\<>", "/api/echo?a=%22%7B%7D%7C%5E%5C%3C%3E")]
    public async Task The_target_arrives_as_the_real_host_respells_it(string sent, string arrives) =>
        Assert.Equal(arrives, (await EchoAsync(sent)).Target);

    [Theory]
    [InlineData("GET /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Name: caf\u00e9\r\n\r\n")]
    [InlineData("GET /api/echo/\u00ff\u00fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/echo/%ff%00%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET http://evil.example/api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET //evil.example/api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/echo HTTP/1.1\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /api/echo HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n")]
    [InlineData(
        "POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    )]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("\u0000\u0001\u0002\r\n\r\n")]
    public async Task Hostile_bytes_are_answered_or_refused_and_the_next_request_is_served(string request)
    {
        var status = RawHttp.Status(await RawHttp.SendAsync(_app.App.BaseAddress, request));

        Assert.True(status is 0 or 200 or 400 or 404, $"{status}");
        Assert.Equal("read", await _app.Http.GetStringAsync("/api/verbs", Cancel));
    }

    private async Task<Seen> EchoAsync(string target, params string[] headers)
    {
        var answer = await RawHttp.GetAsync(_app.App.BaseAddress, target, headers);
        Assert.Equal(200, RawHttp.Status(answer));
        return JsonSerializer.Deserialize<Seen>(RawHttp.Body(answer), JsonSerializerOptions.Web)!;
    }
}
