using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Serverless.HostApp;

/// <summary>What a function saw of a request.</summary>
public sealed record Seen(
    string Method,
    string Target,
    string Path,
    string Query,
    string? Rest,
    Dictionary<string, string[]> Headers,
    string Body,
    string Invocation,
    string? Trace,
    string? Client,
    string Host,
    string Scheme
);

/// <summary>Functions that answer requests, well or badly.</summary>
public sealed class HttpFunctions(Notes notes, IConfiguration settings)
{
    [Function("Echo")]
    public static async Task<IResult> Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", "put", "delete", Route = "echo/{*rest}")]
            HttpRequest request,
        string? rest,
        FunctionContext context
    )
    {
        using var reader = new StreamReader(request.Body);
        return Results.Json(
            new Seen(
                request.Method,
                request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget,
                request.Path,
                request.QueryString.Value ?? "",
                rest,
                request.Headers.ToDictionary(
                    header => header.Key,
                    header => header.Value.Select(value => value ?? "").ToArray()
                ),
                await reader.ReadToEndAsync(request.HttpContext.RequestAborted),
                context.InvocationId,
                Activity.Current?.TraceId.ToString() ?? context.TraceContext.TraceParent,
                request.HttpContext.Connection.RemoteIpAddress?.ToString(),
                request.Host.Value ?? "",
                request.Scheme
            )
        );
    }

    [Function("Throw")]
    public static IResult Throw([HttpTrigger(AuthorizationLevel.Anonymous, Route = "throw")] HttpRequest request) =>
        throw new InvalidOperationException("thrown for " + request.Method);

    [Function("Half")]
    public static async Task Half([HttpTrigger(AuthorizationLevel.Anonymous, Route = "half")] HttpRequest request)
    {
        var response = request.HttpContext.Response;
        response.ContentLength = 1000;
        await response.WriteAsync("the first half");
        await response.Body.FlushAsync();
        throw new InvalidOperationException("no second half");
    }

    /// <summary>Ends only when it is cancelled.</summary>
    [Function("Slow")]
    public async Task<IResult> Slow(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "slow/{key}")] HttpRequest request,
        string key
    )
    {
        notes.Add($"slow {key} began");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, request.HttpContext.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            notes.Add($"slow {key} cancelled");
        }
        return Results.Ok();
    }

    [Function("Late")]
    public static async Task<IResult> Late(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "late")] HttpRequest request
    )
    {
        await Task.Delay(400, request.HttpContext.RequestAborted);
        return Results.Text("late");
    }

    [Function("Measure")]
    public static async Task<IResult> Measure(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "measure")] HttpRequest request
    )
    {
        var buffer = new byte[64 * 1024];
        long length = 0;
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is var read and > 0)
            length += read;
        return Results.Text(length.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Sends a line, then waits until a note lets it send the second.</summary>
    [Function("Stream")]
    public async Task Stream(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "stream/{key}")] HttpRequest request,
        string key
    )
    {
        var response = request.HttpContext.Response;
        await response.WriteAsync("first\n", request.HttpContext.RequestAborted);
        await response.Body.FlushAsync(request.HttpContext.RequestAborted);
        while (notes.Count($"read {key}") == 0)
            await Task.Delay(10, request.HttpContext.RequestAborted);
        await response.WriteAsync("second\n", request.HttpContext.RequestAborted);
    }

    [Function("AddNote")]
    public IResult AddNote(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "notes/{text}")] HttpRequest request,
        string text
    )
    {
        _ = request;
        notes.Add(text);
        return Results.NoContent();
    }

    /// <summary>Runs until its process ends.</summary>
    [Function("HoldRequest")]
    public async Task<IResult> HoldRequest(
        [HttpTrigger(AuthorizationLevel.Anonymous, Route = "hold/{key}")] HttpRequest request,
        string key
    )
    {
        _ = request;
        notes.Add($"holds {key}");
        await Task.Delay(Timeout.InfiniteTimeSpan);
        return Results.Ok();
    }

    [Function("Keyed")]
    public static IResult Keyed([HttpTrigger(AuthorizationLevel.Function, "get", Route = "keyed")] HttpRequest request)
    {
        _ = request;
        return Results.Text("open");
    }

    /// <summary>A token by this name can be set by whoever calls.</summary>
    [Function("TokenByName")]
    public static IResult TokenByName(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "token")] HttpRequest request,
        CancellationToken ct
    )
    {
        _ = request;
        return Results.Text(ct.CanBeCanceled ? "a token" : "none");
    }

    [Function("ValueByName")]
    public static IResult ValueByName(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "value")] HttpRequest request,
        string? partner
    )
    {
        _ = request;
        return Results.Text(partner ?? "nobody");
    }

    [Function("Setting")]
    public IResult Setting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "setting/{name}")] HttpRequest request,
        string name
    )
    {
        _ = request;
        return Results.Text(settings[name] ?? "");
    }

    [Function("Now")]
    public static IResult Now([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "now")] HttpRequest request)
    {
        var clock =
            (TimeProvider?)request.HttpContext.RequestServices.GetService(typeof(TimeProvider)) ?? TimeProvider.System;
        return Results.Text(clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
    }

    [Function("ProcessId")]
    public static IResult ProcessId(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "process")] HttpRequest request
    )
    {
        _ = request;
        return Results.Text(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    }
}
