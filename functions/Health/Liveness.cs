using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Health;

/// <summary><c>GET /health/live</c>: the process is alive. Checks no dependency.</summary>
internal sealed class Liveness
{
    [Function(nameof(Liveness))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/live")] HttpRequest http
    ) => new HealthAnswer(200, new { status = "live" });
}

/// <summary>Plain JSON without the envelope, for probes, which only read the status.</summary>
internal sealed record HealthAnswer(int Status, object Body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Answer.WriteAsync(httpContext, Status, Body);
}
