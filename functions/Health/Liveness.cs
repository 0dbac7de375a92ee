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
    ) => HealthAnswer.Of(200, new LivenessAnswer { Status = LivenessStatus.Live });
}

/// <summary>The process answers.</summary>
internal sealed record LivenessAnswer
{
    /// <summary>Always <c>live</c>: a process that is not live does not answer.</summary>
    /// <example>live</example>
    public required LivenessStatus Status { get; init; }
}

/// <summary>Status of the process.</summary>
internal enum LivenessStatus
{
    /// <summary>The process is alive.</summary>
    Live,
}

/// <summary>Plain JSON without the envelope, for probes, which only read the status.</summary>
internal static class HealthAnswer
{
    /// <summary>Data with this status.</summary>
    public static IResult Of<T>(int status, T data) => new Plain<T>(status, data);

    private sealed record Plain<T>(int Status, T Data) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Answer.WriteAsync(httpContext, Status, Data);
    }
}
