using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Serverless.Functions.Observability;

/// <summary>
/// Creates a span and, for HTTP, the request metric for every function except orchestrators, which are replayed often.
/// Names are routes and functions, never ids or query strings.
/// </summary>
internal sealed class TraceMiddleware : IFunctionsWorkerMiddleware
{
    /// <summary>The route of each HTTP function that has its own.</summary>
    private static readonly IReadOnlyDictionary<string, string> Routes = (
        from type in typeof(TraceMiddleware).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let route = parameter.GetCustomAttribute<HttpTriggerAttribute>()?.Route
        where route is not null && !route.StartsWith("{*", StringComparison.Ordinal)
        select (function.Name, Route: "/" + route)
    ).ToDictionary(found => found.Name, found => found.Route);

    /// <inheritdoc/>
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http)
            return AnswerAsync(context, http, next);
        return IsOrchestrator(context.FunctionDefinition) ? next(context) : RunAsync(context, next);
    }

    private static bool IsOrchestrator(FunctionDefinition function) =>
        function.InputBindings.Values.Any(binding =>
            string.Equals(binding.Type, "orchestrationTrigger", StringComparison.OrdinalIgnoreCase)
        );

    private static async Task RunAsync(FunctionContext context, FunctionExecutionDelegate next)
    {
        using var invocation = Tracing.BeginUnknown(
            context.FunctionDefinition.Name,
            ActivityKind.Consumer,
            context.InvocationId
        );
        try
        {
            await next(context);
        }
        catch (Exception ex)
        {
            invocation.Error = Faults.CauseOf(ex).GetType().FullName;
            throw;
        }
    }

    private static async Task AnswerAsync(FunctionContext context, HttpContext http, FunctionExecutionDelegate next)
    {
        var route = Routes.GetValueOrDefault(context.FunctionDefinition.Name);
        // Health probes come every few seconds: they are counted, but get no spans.
        var span =
            route?.StartsWith("/health/", StringComparison.Ordinal) == true
                ? null
                : Tracing.Begin(
                    route is null ? http.Request.Method : $"{http.Request.Method} {route}",
                    ActivityKind.Server,
                    http.Request.Headers[Tracing.Header] is [{ } header] ? header : null
                );
        span?.SetTag(Tracing.InvocationId, context.InvocationId);
        var started = Stopwatch.GetTimestamp();
        var ended = 0;
        Task EndAsync()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
                End(http, span, route, Stopwatch.GetElapsedTime(started));
            return Task.CompletedTask;
        }

        // The answer is written after the last middleware, so its status is only known when it starts. A disconnected
        // caller gets none, but the request is still completed.
        http.Response.OnStarting(EndAsync);
        http.Response.OnCompleted(EndAsync);
        await next(context);
    }

    private static void End(HttpContext http, Activity? span, string? route, TimeSpan duration)
    {
        var status =
            http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted ? 499 : http.Response.StatusCode;
        Metrics.Requests.Record(
            duration.TotalSeconds,
            new("http.request.method", http.Request.Method),
            new("http.route", route),
            new("http.response.status_class", string.Create(CultureInfo.InvariantCulture, $"{status / 100}xx"))
        );
        if (span is null)
            return;
        if (span.IsAllDataRequested)
        {
            span.SetTag("http.request.method", http.Request.Method)
                .SetTag("http.route", route)
                .SetTag("http.response.status_code", status)
                .SetTag(LogScopes.RequestId, http.Response.Headers[LogScopes.RequestIdHeader].ToString())
                .SetTag(LogScopes.Partner, http.Items[LogScopes.Partner] as string);
            if (status >= 500)
                span.SetStatus(ActivityStatusCode.Error);
        }
        span.Stop();
    }
}
