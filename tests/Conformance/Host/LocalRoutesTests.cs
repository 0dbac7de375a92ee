using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>The routes that only the local host has.</summary>
public sealed class LocalRoutesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_clock_is_moved_by_a_duration()
    {
        await using var app = await HostedApp.StartAsync();
        foreach (
            var (advance, seconds) in new[]
            {
                ("01:00:00", 3600),
                ("PT1H", 3600),
                ("1.00:00:00", 86400),
                ("P1D", 86400),
            }
        )
        {
            var before = app.App.Clock.GetUtcNow();
            using var moved = await app.Http.PostAsJsonAsync("/local/clock", new { advance }, Cancel);
            var answer = await moved.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            Assert.InRange(
                (answer.GetProperty("now").GetDateTimeOffset() - before).TotalSeconds,
                seconds,
                seconds + 30
            );
        }
        var read = await app.Http.GetFromJsonAsync<JsonElement>("/local/clock", Cancel);
        Assert.Equal(app.App.Clock.Offset.ToString("c"), read.GetProperty("offset").GetString());
    }

    [Fact]
    public async Task Time_travel_can_be_taken_back_and_what_is_still_due_waits_for_its_own_moment()
    {
        await using var app = await HostedApp.StartAsync();
        var clock = app.App.Clock;
        var due = 0;
        using var early = clock.CreateTimer(
            _ => Interlocked.Increment(ref due),
            null,
            TimeSpan.FromMinutes(30),
            Timeout.InfiniteTimeSpan
        );
        using var late = clock.CreateTimer(
            _ => Interlocked.Add(ref due, 10),
            null,
            TimeSpan.FromMinutes(90),
            Timeout.InfiniteTimeSpan
        );
        using (await app.Http.PostAsJsonAsync("/local/clock", new { advance = "01:00:00" }, Cancel)) { }
        Assert.Equal(1, due);

        using var back = await app.Http.PostAsJsonAsync("/local/clock", new { to = "now" }, Cancel);

        var answer = await back.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal("00:00:00", answer.GetProperty("offset").GetString());
        Assert.InRange(clock.GetUtcNow(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        // The first is done, the second is 90 minutes away again, not 30.
        using (await app.Http.PostAsJsonAsync("/local/clock", new { advance = "01:00:00" }, Cancel)) { }
        Assert.Equal(1, due);
        using (await app.Http.PostAsJsonAsync("/local/clock", new { advance = "00:31:00" }, Cancel)) { }
        Assert.Equal(11, due);
        var page = await app.Http.GetStringAsync("/local", Cancel);
        Assert.Contains("data-to=\"now\"", page, StringComparison.Ordinal);
        Assert.Contains("What does not:", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_duration_is_400_with_a_sentence()
    {
        await using var app = await HostedApp.StartAsync();
        foreach (
            var (body, sentence) in new[]
            {
                ("{\"advance\":\"soon\"}", "duration such as PT1H"),
                ("{\"advance\":5}", "duration such as PT1H"),
                ("{}", "duration such as PT1H"),
                ("[]", "duration such as PT1H"),
                ("", "is not JSON"),
                ("{\"advance\":\"-01:00:00\"}", "only moves forward"),
                ("{\"advance\":\"P401D\"}", "at most 400 days"),
            }
        )
        {
            using var response = await app.Http.PostAsync(
                "/local/clock",
                new StringContent(body, Encoding.UTF8, "application/json"),
                Cancel
            );
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel))
                .GetProperty("error")
                .GetString();
            Assert.Contains(sentence, error, StringComparison.Ordinal);
        }
        Assert.Equal(TimeSpan.Zero, app.App.Clock.Offset);
    }

    [Fact]
    public async Task The_status_page_shows_functions_queues_orchestrations_and_requests_escaped()
    {
        await using var app = await HostedApp.StartAsync();
        var target = Uri.EscapeDataString($"{app.App.BaseAddress}api/nowhere/<b>?secret=1");
        using (await app.Http.GetAsync($"/api/call?to={target}", Cancel))
        using (await app.Http.PostAsync("/api/orchestrations/o", null, Cancel))
            await app.Notes.UntilAsync("activity o began");

        using var response = await app.Http.GetAsync("/local", Cancel);

        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        var page = await response.Content.ReadAsStringAsync(Cancel);
        foreach (
            var expected in new[]
            {
                "CallOut",
                "GET /things/{id}",
                "Interrupted",
                "activity <code>Interruptible</code>",
                "poison",
                "/api/nowhere/",
                ">404<",
                "+1 day",
            }
        )
            Assert.Contains(expected, page, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_and_mails_are_empty_before_anything_happened()
    {
        await using var app = await HostedApp.StartAsync();

        Assert.Equal("{\"operations\":[],\"total\":0}", await app.Http.GetStringAsync("/local/costs", Cancel));
        Assert.Contains(
            "No mail has been sent",
            await app.Http.GetStringAsync("/local/mailbox", Cancel),
            StringComparison.Ordinal
        );
        app.Http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        Assert.Equal("{\"items\":[]}", await app.Http.GetStringAsync("/local/mailbox", Cancel));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Costs_are_counted_by_function_wherever_the_worker_runs(bool inProcess)
    {
        (string, string?) storage = ("AzureWebJobsStorage", "UseDevelopmentStorage=true");
        await using var app = inProcess ? await HostedApp.StartAsync(storage) : null;
        await using var host = inProcess ? null : await HostProcess.StartAsync(storage);
        var http = app?.Http ?? host!.Http;

        using (await http.PostAsync("/api/rows/one", null, Cancel)) { }

        await Eventually.IsAsync(async () => (await CostsAsync(http)).Length == 2);
        Assert.Equal(["WriteRow Rows.merge 1", "WriteRow Tables.insert 1"], await CostsAsync(http));

        // A browser gets a table.
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/local/costs");
        asked.Headers.Accept.ParseAdd("text/html");
        using var shown = await http.SendAsync(asked, Cancel);
        Assert.Equal("text/html", shown.Content.Headers.ContentType?.MediaType);
        Assert.Contains(
            "<td>WriteRow</td><td class=\"n\">2</td><td><code>Rows.merge</code></td><td class=\"n\">1</td>",
            await shown.Content.ReadAsStringAsync(Cancel),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("127.0.0.1", 200)]
    [InlineData("::1", 200)]
    [InlineData("::ffff:127.0.0.1", 200)]
    [InlineData("10.0.0.1", 403)]
    [InlineData(null, 403)]
    public async Task They_answer_this_machine_only(string? address, int status)
    {
        var http = new DefaultHttpContext { Request = { Host = new HostString("localhost", 7071) } };
        http.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);

        var answer = await LocalRoutes.OnlyFromThisMachine(
            new DefaultEndpointFilterInvocationContext(http),
            _ => ValueTask.FromResult<object?>(Results.StatusCode(200))
        );

        Assert.Equal(status, Assert.IsType<IStatusCodeHttpResult>(answer, exactMatch: false).StatusCode);
    }

    private static async Task<string[]> CostsAsync(HttpClient http) =>
        [
            .. from operation in (await http.GetFromJsonAsync<JsonElement>("/local/costs", Cancel))
                .GetProperty("operations")
                .EnumerateArray()
            from request in operation.GetProperty("requests").EnumerateArray()
            select $"{operation.GetProperty("operation")} {request.GetProperty("request")} {request.GetProperty("count")}",
        ];
}
