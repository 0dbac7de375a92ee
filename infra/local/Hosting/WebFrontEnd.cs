using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Serverless.Local.Triggers;
using Serverless.Local.Worker;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.Local.Hosting;

/// <summary>
/// The web server that people and partners see: the functions' routes, and the host's own under <c>/local</c>.
/// </summary>
internal sealed class WebFrontEnd : IAsyncDisposable
{
    /// <summary>Azure's host keeps these to itself.</summary>
    private static readonly PathString[] OfTheHost = ["/admin", "/runtime"];

    private readonly WebApplication _web;
    private readonly int _port;
    private readonly RequestBodyLimit _limit;
    private readonly TaskCompletionSource<RequestDelegate> _functions = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private HttpForwarding? _forwarding;

    public WebFrontEnd(int port, RequestBodyLimit limit, ILoggerFactory loggers)
    {
        _port = port;
        _limit = limit;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = limit.Bytes;
                // Any byte, so that what is wrong with a header can be said: Kestrel by itself closes without a word.
                kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
                kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
            });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRouting();
        builder.Services.AddHttpForwarder();
        _web = builder.Build();
    }

    public Uri Address =>
        new(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Listens. Requests for functions wait until they are open.</summary>
    /// <exception cref="StartupException">The port is taken.</exception>
    public async Task StartAsync(LocalRoutes local, CancellationToken cancellationToken)
    {
        _web.MapWhen(
            http => http.Request.Path.StartsWithSegments("/local"),
            branch =>
            {
                branch.UseRouting();
                branch.UseEndpoints(local.Map);
            }
        );
        _web.Run(async http =>
        {
            if (Array.Exists(OfTheHost, path => http.Request.Path.StartsWithSegments(path)))
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }
            if (http.Request.Headers.FirstOrDefault(header => !IsAscii(header.Value)).Key is { } name)
            {
                await RefuseAsync(http, $"The header {name} holds a character that is not ASCII.");
                return;
            }
            var answer = await _functions.Task.WaitAsync(http.RequestAborted);
            await answer(http);
        });
        try
        {
            await _web.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException ex) when (ex.InnerException is AddressInUseException)
        {
            throw new StartupException(
                $"Port {_port} is taken. Stop what listens there, or choose another with: dotnet run --project "
                    + "functions -- --port N",
                ex
            );
        }
    }

    /// <summary>400 with a sentence; Azure's host waits 15 seconds and answers 500 without a body.</summary>
    private static async Task RefuseAsync(HttpContext http, string sentence)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = sentence.Length;
        await http.Response.WriteAsync(sentence, http.RequestAborted);
    }

    private static bool IsAscii(StringValues values) => values.All(value => Ascii.IsValid(value));

    /// <summary>Lets requests through to the functions.</summary>
    /// <exception cref="StartupException">A route is wrong.</exception>
    public void Open(FunctionsWorker worker, IEnumerable<LoadedFunction> functions, string prefix, FunctionKeys keys)
    {
        var services = _web.Services;
        _forwarding = new HttpForwarding(
            worker,
            services.GetRequiredService<IHttpForwarder>(),
            _limit,
            services.GetRequiredService<ILogger<HttpForwarding>>()
        );
        var routes = new ApplicationBuilder(services);
        new HttpFrontEnd(_forwarding, keys).Map(routes, functions, prefix);
        _functions.SetResult(routes.Build());
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _functions.TrySetCanceled(CancellationToken.None);
        return _web.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync().ConfigureAwait(false);
        _forwarding?.Dispose();
    }
}
