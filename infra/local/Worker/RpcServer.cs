using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Local.Durable;
using Serverless.Local.InWorker;

namespace Serverless.Local.Worker;

/// <summary>
/// What the worker talks to: its event stream, the Durable Functions service, and where it reports what it sees. On a
/// free port of 127.0.0.1.
/// </summary>
internal sealed class RpcServer : IAsyncDisposable
{
    /// <summary>Where a worker process reports the requests of its functions.</summary>
    public const string ReportPath = "/local/requests";

    /// <summary>Where a worker process says that the app has started; the query names the worker.</summary>
    public const string StartedPath = "/local/started";

    private readonly WebApplication _web;

    private RpcServer(WebApplication web) => _web = web;

    /// <summary>Where it listens.</summary>
    public Uri Address =>
        new(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<RpcServer> StartAsync(
        FunctionsWorker worker,
        DurableSidecar durable,
        Action<ObservedRequest> observed,
        CancellationToken cancellationToken
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.Http2.MaxStreamsPerConnection = int.MaxValue;
                // A worker that is stopped in a debugger is still a worker.
                kestrel.Limits.Http2.KeepAlivePingDelay = Timeout.InfiniteTimeSpan;
                kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
            });
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = null;
            grpc.MaxSendMessageSize = null;
        });
        builder.Services.AddSingleton(new FunctionRpcService(worker));
        builder.Services.AddSingleton(durable);
        var web = builder.Build();
        web.MapGrpcService<FunctionRpcService>();
        web.MapGrpcService<DurableSidecar>();
        web.MapPost(
            ReportPath,
            async http =>
            {
                foreach (
                    var request in await http.Request.ReadFromJsonAsync<List<ObservedRequest>>(http.RequestAborted)
                        ?? []
                )
                    observed(request);
            }
        );
        web.MapPost(
            StartedPath,
            http =>
            {
                worker.HasStarted(http.Request.Query["worker"].ToString());
                return Task.CompletedTask;
            }
        );
        await web.StartAsync(cancellationToken).ConfigureAwait(false);
        return new RpcServer(web);
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await _web.StopAsync(atOnce.Token).ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
    }
}
