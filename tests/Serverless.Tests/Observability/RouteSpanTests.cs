using System.Text.RegularExpressions;
using Serverless.Tests.Http;
using Xunit;

namespace Serverless.Tests.Observability;

/// <summary>Each function is reached through the host: its span says that it, and no other, had the request.</summary>
[Collection(SpanRecorder.Alone)]
public sealed partial class RouteSpanTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Every_route_is_answered_by_its_own_function()
    {
        using var spans = new SpanRecorder();
        // Probes have no spans; the rest is what no other function takes.
        var functions = HostedFunction.All.Where(function =>
            function.Route is not "{*path}" && !function.Route.StartsWith("health/", StringComparison.Ordinal)
        );
        foreach (var (function, method) in functions.SelectMany(one => one.Methods.Select(method => (one, method))))
        {
            var (trace, header) = SpanRecorder.NewTrace();
            var path = "/" + Parameter().Replace(function.Route, "x1");
            await app.SendAsync(new HttpMethod(method), path, null, ("traceparent", header));
            Assert.Contains(spans.Of(trace), span => span.DisplayName == $"{method} /{function.Route}");
        }
    }

    [GeneratedRegex(@"\{\*?[A-Za-z]+\}")]
    private static partial Regex Parameter();
}
