using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Usage;

/// <summary>Logs each request that came with a partner's key, as soon as its answer is known.</summary>
internal sealed class RequestLogMiddleware(RequestLog log, TimeProvider time) : IFunctionsWorkerMiddleware
{
    private static readonly Dictionary<string, string> Routes = FunctionApis.All.ToDictionary(
        function => function.Name,
        function => "/" + function.Route
    );

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }
        string? code = null;
        var (id, started, ended) = (Ulid.New(time.GetUtcNow()), Stopwatch.GetTimestamp(), 0);
        Task EndAsync()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
                Note(context, http, id, code, Stopwatch.GetElapsedTime(started));
            return Task.CompletedTask;
        }

        // As the spans: the answer is written after the last middleware, or never, if its caller has left.
        http.Response.OnStarting(EndAsync);
        http.Response.OnCompleted(EndAsync);
        await next(context);
        code = (context.GetInvocationResult().Value as IAnswered)?.Code;
    }

    private void Note(FunctionContext context, HttpContext http, Ulid id, string? code, TimeSpan duration)
    {
        // The partner's own pages would bury what its servers do.
        var isOfServer = http.Request.Headers.ContainsKey("X-API-Key") || http.Request.IsForIdentities();
        if (!isOfServer || http.Items[typeof(Partner)] is not Partner partner)
            return;
        var hasLeft = http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted;
        log.Note(
            partner.Id,
            new LoggedRequest(
                id.Text,
                http.Request.Method,
                Routes.GetValueOrDefault(context.FunctionDefinition.Name),
                hasLeft ? 499 : http.Response.StatusCode,
                code,
                http.Response.Headers[LogScopes.RequestIdHeader].ToString(),
                (long)duration.TotalMilliseconds
            )
        );
    }
}
