using System.Net;
using System.Net.Http.Json;
using Serverless.HostApp;
using Xunit;

namespace Serverless.Conformance.Host;

public sealed class SharedApp : IAsyncLifetime
{
    public HostedApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await HostedApp.StartAsync();

    public ValueTask DisposeAsync() => App.DisposeAsync();
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
        Assert.Equal(("PUT", "/api/echo/a/b", "?x=1&x=2", "a/b", "the body"), (seen.Method, seen.Path, seen.Query, seen.Rest, seen.Body));
        Assert.Equal([seen.Invocation], seen.Headers["x-ms-invocation-id"]);
    }

    [Fact]
    public async Task A_function_that_throws_is_500_without_a_body()
    {
        using var response = await _app.Http.GetAsync("/api/throw", Cancel);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
    }
}
