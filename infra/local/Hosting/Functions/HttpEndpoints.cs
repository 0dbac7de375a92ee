using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting;

/// <summary>Maps the functions with an HTTP trigger to endpoints and answers with what they return.</summary>
internal sealed partial class HttpEndpoints(InvocationPipeline pipeline, ILoggerFactory loggers)
{
    /// <summary>The template of a function, with the prefix.</summary>
    /// <exception cref="StartupException">The template is malformed.</exception>
    public static RoutePattern Pattern(LocalFunctionDefinition function, string prefix)
    {
        var route = ((HttpTriggerAttribute)function.Trigger).Route ?? function.Name;
        var template = $"{prefix.Trim('/')}/{route.TrimStart('/')}".Trim('/');
        try
        {
            return RoutePatternFactory.Parse("/" + template);
        }
        catch (RoutePatternException ex)
        {
            throw new StartupException($"Function '{function.Name}' ({function.EntryPoint}) has the route '{route}', which is no route template: {ex.Message}", ex);
        }
    }

    /// <summary>Refuses two functions that would answer the same request.</summary>
    public static void CheckConflicts(IEnumerable<(LocalFunctionDefinition Function, RoutePattern Pattern)> routes)
    {
        var seen = new Dictionary<(string Shape, string Method), string>();
        foreach (var (function, pattern) in routes)
            foreach (var method in ((HttpTriggerAttribute)function.Trigger).Methods ?? ["*"])
                if (!seen.TryAdd((ParameterName().Replace(pattern.RawText!, "{$1").ToUpperInvariant(), method.ToUpperInvariant()), function.Name))
                    throw new StartupException($"Functions '{seen[(ParameterName().Replace(pattern.RawText!, "{$1").ToUpperInvariant(), method.ToUpperInvariant())]}' and '{function.Name}' both answer {method.ToUpperInvariant()} {pattern.RawText}. Change the route or the methods of one.");
    }

    public void Map(IEndpointRouteBuilder routes, LocalFunctionDefinition function, RoutePattern pattern)
    {
        var logger = loggers.CreateLogger("Function." + function.Name);
        var endpoint = routes.Map(pattern, context => AnswerAsync(function, context, logger)).WithDisplayName(function.Name);
        if (((HttpTriggerAttribute)function.Trigger).Methods is { Length: > 0 } methods)
            endpoint.WithMetadata(new HttpMethodMetadata(methods));
    }

    private async Task AnswerAsync(LocalFunctionDefinition function, HttpContext http, ILogger logger)
    {
        try
        {
            var context = new LocalFunctionContext(function, http.RequestServices, http.Request, http.RequestAborted) { Data = http.Request.RouteValues };
            context.Items[FunctionContextExtensions.HttpContextKey] = http;
            await pipeline.RunAsync(context);
            switch (context.Result.Value)
            {
                case IResult result:
                    await result.ExecuteAsync(http);
                    break;
                case IActionResult result:
                    await result.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor()));
                    break;
                case { } other:
                    LogIgnoredResult(logger, function.Name, other.GetType());
                    break;
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to answer and nothing went wrong.
        }
        catch (Exception ex)
        {
            LogFailed(logger, ex, function.Name);
            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }
            http.Response.Clear();
            http.Response.StatusCode = ex is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError;
        }
    }

    [GeneratedRegex(@"\{(\**)[^}:?=]+")]
    private static partial Regex ParameterName();

    [LoggerMessage(1, LogLevel.Error, "Function '{Function}' failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string function);

    [LoggerMessage(2, LogLevel.Warning, "The result of function '{Function}' is a {Type}, which is not written to the response: only IResult and IActionResult are.")]
    private static partial void LogIgnoredResult(ILogger logger, string function, Type type);
}
