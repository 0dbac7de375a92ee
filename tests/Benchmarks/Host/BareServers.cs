using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Serverless.Benchmarks;

/// <summary>
/// The limit that the web servers set: what is left of host and worker without functions. Run in processes of their
/// own, as those are.
/// </summary>
internal static class BareServers
{
    private static readonly byte[] Answer = """{"status":"live"}"""u8.ToArray();

    /// <summary>Answers each request with a few bytes of JSON.</summary>
    public static Task ServeAsync() =>
        RunAsync(
            _ => { },
            web =>
                web.Run(async http =>
                {
                    http.Response.ContentType = "application/json";
                    await http.Response.Body.WriteAsync(Answer);
                })
        );

    /// <summary>Forwards each request as it is.</summary>
    public static async Task ForwardAsync(string address)
    {
        using var client = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
            }
        );
        await RunAsync(
            services => services.AddHttpForwarder(),
            web =>
            {
                var forwarder = web.ApplicationServices.GetRequiredService<IHttpForwarder>();
                web.Run(async http => await forwarder.SendAsync(http, address, client));
            }
        );
    }

    private static async Task RunAsync(Action<IServiceCollection> services, Action<IApplicationBuilder> map)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        services(builder.Services);
        var web = builder.Build();
        map(web);
        await web.StartAsync();
        Console.WriteLine($"Listening on {web.Urls.First()}");
        await web.WaitForShutdownAsync();
    }
}
