using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Xunit;

namespace Serverless.Conformance.Worker;

public static class CallingFunctions
{
    [Function("CallOut")]
    public static async Task<IResult> CallOut([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "call/{code:int}")] HttpRequest request, int code)
    {
        using var client = new HttpClient();
        await client.GetAsync(new Uri($"http://{request.Host}/api/answer/{code}/<b>?secret=1"), request.HttpContext.RequestAborted);
        return Results.Ok();
    }

    [Function("Answer")]
    public static IResult Answer([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "answer/{code:int}/{rest}")] HttpRequest request, int code)
    {
        _ = request;
        return Results.StatusCode(code);
    }
}

public sealed class LocalRoutesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [Theory]
    [InlineData("01:00:00", 3600)]
    [InlineData("PT1H", 3600)]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("P1D", 86400)]
    public async Task The_clock_is_moved_by_a_duration(string advance, int seconds)
    {
        await using var app = await FunctionsApp.StartAsync(typeof(CallingFunctions));
        var before = app.Clock.GetUtcNow();
        var answer = await (await app.PostJsonAsync("/local/clock", new { advance })).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var now = answer.GetProperty("now").GetDateTimeOffset();
        Assert.InRange((now - before).TotalSeconds, seconds, seconds + 30);
        Assert.InRange(TimeSpan.Parse(answer.GetProperty("offset").GetString()!, null).TotalSeconds, seconds - 1, seconds + 1);
        Assert.Equal(app.Clock.Offset.ToString("c"), (await (await app.GetAsync("/local/clock")).Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("offset").GetString());
    }

    [Theory]
    [InlineData("{\"advance\":\"soon\"}", "duration such as PT1H")]
    [InlineData("{\"advance\":5}", "duration such as PT1H")]
    [InlineData("{}", "duration such as PT1H")]
    [InlineData("[]", "duration such as PT1H")]
    [InlineData("", "is not JSON")]
    [InlineData("{\"advance\":\"-01:00:00\"}", "only moves forward")]
    [InlineData("{\"advance\":\"P401D\"}", "at most 400 days")]
    public async Task A_wrong_duration_is_400_with_a_sentence(string body, string sentence)
    {
        await using var app = await FunctionsApp.StartAsync(typeof(CallingFunctions));
        var response = await app.PostAsync("/local/clock", Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(sentence, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.Zero, app.Clock.Offset);
    }

    [Fact]
    public async Task The_status_page_shows_functions_queues_orchestrations_and_requests_escaped()
    {
        await using var app = await FunctionsApp.StartAsync(typeof(CallingFunctions), typeof(DurableFunctionsUnderTest));
        await app.GetAsync("/api/call/204");
        await app.GetAsync("/api/call/503");
        await app.PostAsync("/api/greetings/Ada");
        await app.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel);
        var response = await app.GetAsync("/local");
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        var page = await response.Content.ReadAsStringAsync(Cancel);
        foreach (var expected in new[] { "CallOut", "GET /api/call/{code:int}", "Greeting", "timer <span class=\"t\">2", "webhooks", "/api/answer/204/", ">503<", ">204<", "+1 day" })
            Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_and_mails_are_empty_before_anything_happened()
    {
        await using var app = await FunctionsApp.StartAsync(typeof(CallingFunctions));
        Assert.Equal("{\"operations\":[],\"total\":0}", await app.GetStringAsync("/local/costs"));
        Assert.Contains("No mail has been sent", await app.GetStringAsync("/local/mailbox"), StringComparison.Ordinal);
        var request = new HttpRequestMessage(HttpMethod.Get, "/local/mailbox");
        request.Headers.Accept.ParseAdd("application/json");
        Assert.Equal("{\"items\":[]}", await (await app.SendAsync(request)).Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Several_apps_run_at_once_each_with_its_own_clock_and_functions()
    {
        await using var one = await FunctionsApp.StartAsync(typeof(CallingFunctions));
        await using var two = await FunctionsApp.StartAsync([typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication());
        await one.Clock.AdvanceAsync(TimeSpan.FromDays(1), Cancel);
        Assert.Equal(TimeSpan.Zero, two.Clock.Offset);
        Assert.Equal(HttpStatusCode.NotFound, (await one.GetAsync("/api/hello/Ada")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await two.GetAsync("/api/hello/Ada")).StatusCode);
    }
}
