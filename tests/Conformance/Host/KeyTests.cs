using System.Net;
using Xunit;

namespace Serverless.Conformance.Host;

public sealed class KeyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_a_key_set_functions_that_are_not_anonymous_ask_for_it()
    {
        await using var app = await HostedApp.StartAsync(("Local:FunctionKey", "sesame"));

        foreach (
            var target in new[]
            {
                "/api/keyed",
                "/api/keyed?code=",
                "/api/keyed?code=wrong",
                "/api/keyed?code=sesame&code=sesame",
            }
        )
        {
            using var refused = await app.Http.GetAsync(target, Cancel);
            Assert.Equal((target, HttpStatusCode.Unauthorized), (target, refused.StatusCode));
            Assert.Empty(await refused.Content.ReadAsByteArrayAsync(Cancel));
        }
        Assert.Equal("open", await app.Http.GetStringAsync("/api/keyed?code=sesame", Cancel));
        Assert.Equal("read", await app.Http.GetStringAsync("/api/verbs", Cancel));
        app.Http.DefaultRequestHeaders.Add("x-functions-key", "sesame");
        Assert.Equal("open", await app.Http.GetStringAsync("/api/keyed", Cancel));
    }
}
