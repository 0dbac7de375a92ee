using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.Local.Triggers;

/// <summary>
/// Hands a request to the worker's own web server, while the worker is told over gRPC which function it is for. As in
/// Azure's host the body is buffered first, and a function that throws is 500 without a body.
/// </summary>
internal sealed partial class HttpForwarding(
    FunctionsWorker worker,
    IHttpForwarder forwarder,
    RequestBodyLimit limit,
    ILogger<HttpForwarding> logger
) : IDisposable
{
    private const string InvocationHeader = "x-ms-invocation-id";

    /// <summary>How long after its HTTP answer a function that ran is heard of at the latest.</summary>
    private static readonly TimeSpan AnswerFollows = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ActivityTimeout = TimeSpan.FromMinutes(5);

    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    );

    private readonly ForwarderRequestConfig _config = new() { ActivityTimeout = ActivityTimeout };

    public async Task ForwardAsync(LoadedFunction function, HttpContext http, RouteValueDictionary route)
    {
        try
        {
            if (await limit.BufferAsync(http.Request).ConfigureAwait(false) is { } refusal)
            {
                http.Response.StatusCode = refusal;
                return;
            }
            var address =
                await worker.HttpAddressAsync(http.RequestAborted).ConfigureAwait(false)
                ?? throw new InvalidOperationException(
                    "The worker takes no HTTP requests: Program.cs does not call ConfigureFunctionsWebApplication()."
                );
            await ForwardAsync(function, http, route, address).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer any more.
        }
        catch (WorkerLostException ex)
        {
            LogLost(logger, ex, function.Name);
            Fail(http);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ForwardAsync(LoadedFunction function, HttpContext http, RouteValueDictionary route, Uri address)
    {
        using var activity = Begin(http.Request);
        var id = Guid.NewGuid().ToString();
        var trigger = new TypedData { Http = new RpcHttp() };
        var metadata = await TriggerMetadata.OfAsync(http.Request, route).ConfigureAwait(false);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var invocation = worker.InvokeAsync(id, function, trigger, metadata, null, cancelled.Token);
        var error = await forwarder
            .SendAsync(http, address.ToString(), _client, _config, new Headers(id))
            .ConfigureAwait(false);
        if (error != ForwarderError.None && !http.RequestAborted.IsCancellationRequested)
        {
            // For example a header with a character that HTTP does not know. The worker waits for a request that does
            // not come.
            LogNotForwarded(logger, function.Name, error);
            await cancelled.CancelAsync().ConfigureAwait(false);
        }
        else if (
            await Task.WhenAny(invocation, Task.Delay(AnswerFollows, http.RequestAborted)).ConfigureAwait(false)
            != invocation
        )
        {
            // The worker's web server has answered by itself, for example that there are too many headers: no function
            // runs.
            await cancelled.CancelAsync().ConfigureAwait(false);
            await invocation.ConfigureAwait(false);
            return;
        }

        var result = (await invocation.ConfigureAwait(false)).Result;
        if (result.Status == StatusResult.Types.Status.Success || http.RequestAborted.IsCancellationRequested)
            return;
        LogFailed(logger, function.Name, result.Exception?.Message);
        Fail(http);
    }

    private static void Fail(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }
        http.Response.Clear();
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
    }

    /// <summary>The trace that the caller named goes on in the worker; without one a new trace begins.</summary>
    private static Activity Begin(HttpRequest request)
    {
        var activity = new Activity("HTTP").SetIdFormat(ActivityIdFormat.W3C);
        if (request.Headers.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, null, out _))
            activity.SetParentId(parent);
        return activity.Start();
    }

    /// <summary>What the host adds to a request; the client's own values of these headers do not pass.</summary>
    private sealed class Headers(string invocationId) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken)
                .ConfigureAwait(false);
            var request = httpContext.Request;
            // Azure's host has an older forwarder, which does not escape an escaped slash once more.
            proxyRequest.RequestUri = new Uri(
                destinationPrefix.TrimEnd('/') + request.Path.ToUriComponent() + request.QueryString.ToUriComponent()
            );
            Set(InvocationHeader, invocationId);
            Set("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
            Set("X-Forwarded-Host", request.Host.Value);
            Set("X-Forwarded-Proto", request.Scheme);
            // What Azure's front end adds: the target as it was sent, before anybody decoded it.
            Set("X-WAWS-Unencoded-URL", httpContext.Features.Get<IHttpRequestFeature>()?.RawTarget);
            proxyRequest.Headers.Host = null;

            void Set(string name, string? value)
            {
                proxyRequest.Headers.Remove(name);
                if (value is not null)
                    proxyRequest.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Function '{Function}' failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string? reason);

    [LoggerMessage(2, LogLevel.Warning, "The worker ended while it ran function '{Function}'.")]
    private static partial void LogLost(ILogger logger, Exception exception, string function);

    [LoggerMessage(3, LogLevel.Warning, "A request for function '{Function}' could not be forwarded: {Reason}.")]
    private static partial void LogNotForwarded(ILogger logger, string function, ForwarderError reason);
}
