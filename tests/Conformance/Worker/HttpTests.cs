using System.Net;
using System.Net.Http.Json;
using System.Text;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class HttpApp : IAsyncLifetime
{
    public FunctionsApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await FunctionsApp.StartAsync(typeof(HttpFunctions));

    public ValueTask DisposeAsync() => App.DisposeAsync();
}

public sealed class HttpTests(HttpApp http) : IClassFixture<HttpApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FunctionsApp _app = http.App;

    [Fact]
    public async Task A_route_lies_below_api_and_its_values_are_bound_by_name() =>
        Assert.Equal("Hello Ada by GET", await _app.GetStringAsync("/api/hello/Ada"));

    [Fact]
    public async Task Route_values_become_the_types_of_the_parameters() =>
        Assert.Equal(
            "0123456789abcdef0123456789abcdef 9007199254740993 True Green 20260228",
            await _app.GetStringAsync("/api/typed/01234567-89ab-cdef-0123-456789abcdef/9007199254740993/true/green/2026-02-28"));

    [Theory]
    [InlineData("no-guid/1/true/red/2026-01-01")]
    [InlineData("01234567-89ab-cdef-0123-456789abcdef/many/true/red/2026-01-01")]
    [InlineData("01234567-89ab-cdef-0123-456789abcdef/1/maybe/red/2026-01-01")]
    [InlineData("01234567-89ab-cdef-0123-456789abcdef/1/true/blue/2026-01-01")]
    [InlineData("01234567-89ab-cdef-0123-456789abcdef/1/true/red/someday")]
    public async Task A_route_value_that_does_not_convert_is_500(string path) =>
        Assert.Equal(HttpStatusCode.InternalServerError, (await _app.GetAsync("/api/typed/" + path)).StatusCode);

    [Theory]
    [InlineData("/api/numbers/41", HttpStatusCode.OK)]
    [InlineData("/api/numbers/0", HttpStatusCode.NotFound)]
    [InlineData("/api/numbers/x", HttpStatusCode.NotFound)]
    [InlineData("/api/codes/abc", HttpStatusCode.OK)]
    [InlineData("/api/codes/abcd", HttpStatusCode.NotFound)]
    [InlineData("/api/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/hello/Ada", HttpStatusCode.NotFound)]
    public async Task Constraints_decide_whether_a_route_matches(string path, HttpStatusCode expected)
    {
        var response = await _app.GetAsync(path);
        Assert.Equal(expected, response.StatusCode);
        if (expected == HttpStatusCode.NotFound)
            Assert.Equal("", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task An_optional_value_takes_the_default_of_the_parameter()
    {
        Assert.Equal("page 1", await _app.GetStringAsync("/api/paged"));
        Assert.Equal("page 7", await _app.GetStringAsync("/api/paged/7"));
    }

    [Fact]
    public async Task A_catch_all_takes_the_rest_of_the_path_and_null_without_one()
    {
        Assert.Equal("a/b/c", await _app.GetStringAsync("/api/rest/a/b/c"));
        Assert.Equal("none", await _app.GetStringAsync("/api/rest"));
    }

    [Fact]
    public async Task A_wrong_method_is_405_with_those_that_are_allowed()
    {
        var response = await _app.PostAsync("/api/numbers/1");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["DELETE", "GET"], response.Content.Headers.Allow.Order());
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Without_a_route_the_name_is_the_route_and_every_method_matches()
    {
        Assert.Equal("GET", await _app.GetStringAsync("/api/WithoutRoute"));
        var response = await _app.SendAsync(new HttpRequestMessage(HttpMethod.Patch, "/api/withoutroute"));
        Assert.Equal("PATCH", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_body_is_read_as_web_json()
    {
        var response = await _app.PostJsonAsync("/api/orders", new { item = "apple", count = 2 });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(new Order("apple", 4), await response.Content.ReadFromJsonAsync<Order>(Cancel));
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("{\"item\":\"apple\",\"count\":2}", "text/plain")]
    public async Task A_body_that_cannot_be_bound_is_500_as_in_the_real_worker(string body, string type) =>
        Assert.Equal(HttpStatusCode.InternalServerError, (await _app.PostAsync("/api/orders", new StringContent(body, Encoding.UTF8, type))).StatusCode);

    [Theory]
    [InlineData("object", 200, "{\"item\":\"apple\",\"count\":2}")]
    [InlineData("json", 202, "{\"item\":\"pear\",\"count\":3}")]
    [InlineData("status", 418, "")]
    [InlineData("content", 203, "plain")]
    [InlineData("none", 204, "")]
    public async Task Action_results_are_executed(string kind, int status, string body)
    {
        var response = await _app.GetAsync("/api/action/" + kind);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task An_object_result_can_carry_problem_details()
    {
        var response = await _app.GetAsync("/api/action/other");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("unknown kind", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_may_write_the_response_itself()
    {
        Assert.Equal("written", await _app.GetStringAsync("/api/writes"));
        var silent = await _app.GetAsync("/api/silent");
        Assert.Equal(HttpStatusCode.OK, silent.StatusCode);
        Assert.Equal("", await silent.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task An_exception_is_500_and_says_nothing()
    {
        var response = await _app.GetAsync("/api/throws");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task The_token_is_that_of_the_request() =>
        Assert.Equal("3 True", await (await _app.PostAsync("/api/reads", new StringContent("abc"))).Content.ReadAsStringAsync(Cancel));

    [Fact]
    public async Task A_body_above_100_megabytes_is_413()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/reads") { Content = new ByteArrayContent(new byte[100 * 1024 * 1024 + 1]) };
        request.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _app.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task The_context_describes_the_function_and_its_bindings() =>
        Assert.Equal(
            "Describe Serverless.Conformance.Worker.HttpFunctions.Describe httpTrigger http 2 spoon True True",
            await _app.GetStringAsync("/api/describe/spoon"));
}
