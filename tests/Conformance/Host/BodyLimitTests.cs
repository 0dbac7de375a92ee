using System.Diagnostics;
using System.Net;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>The host takes no body above its limit, and needs no memory for one below.</summary>
public sealed class BodyLimitTests
{
    private const int Limit = 1_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_the_limit_is_500_without_a_body_and_one_below_passes(bool withLength)
    {
        await using var app = await HostedApp.StartAsync(("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", $"{Limit}"));

        using var above = await PostAsync(app.Http, Limit + 1, withLength);
        // What frames the chunks of a body counts, too.
        var below = withLength ? Limit : Limit - 100;
        using var passed = await PostAsync(app.Http, below, withLength);

        Assert.Equal(HttpStatusCode.InternalServerError, above.StatusCode);
        Assert.Empty(await above.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal($"{below}", await passed.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_hundred_megabytes_pass_at_the_standard_limit_with_little_memory_and_one_byte_more_does_not()
    {
        const int Standard = 104_857_600;
        await using var host = await HostProcess.StartAsync();
        using var process = Process.GetProcessById(host.Id);
        using var first = await PostAsync(host.Http, 1, withLength: true);
        process.Refresh();
        var before = process.WorkingSet64;

        using var below = await PostAsync(host.Http, Standard, withLength: true);
        using var above = await PostAsync(host.Http, Standard + 1, withLength: true);

        Assert.Equal($"{Standard}", await below.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.InternalServerError, above.StatusCode);
        process.Refresh();
        Assert.InRange(process.PeakWorkingSet64 - before, long.MinValue, 80_000_000);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, int size, bool withLength)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/measure")
        {
            Content = new ByteArrayContent(new byte[size]),
        };
        request.Headers.TransferEncodingChunked = withLength ? null : true;
        request.Headers.ExpectContinue = true;
        return await http.SendAsync(request, Cancel);
    }
}
