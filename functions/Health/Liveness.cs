using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Health;

/// <summary><c>GET /health/live</c>: the process answers. Asks nothing of anybody.</summary>
internal sealed class Liveness
{
    [Function(nameof(Liveness))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/live")] HttpRequest http
    ) => new HealthAnswer(200, new { status = "live" });
}

/// <summary>Plain JSON for probes, which look at the status and know no envelope.</summary>
internal sealed record HealthAnswer(int Status, object Body) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => Answer.WriteAsync(httpContext, Status, Body);
}
