using System.Net;
using Azure.Core.Pipeline;

namespace Serverless.Local.Tables;

/// <summary>The connections of all table clients of the process.</summary>
internal static class TableTransport
{
    public static HttpPipelineTransport Shared { get; } = new HttpClientTransport(new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 50,
        // Azurite closes a connection that was idle for 5 s; one that is closed just while it is used costs a retry.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        Proxy = new NoProxyForThisMachine(HttpClient.DefaultProxy),
        ActivityHeadersPropagator = null,
    })
    {
        // The pipeline has its own time limits.
        Timeout = Timeout.InfiniteTimeSpan,
    });

    private sealed class NoProxyForThisMachine(IWebProxy proxy) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => proxy.Credentials;
            set => proxy.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : proxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || proxy.IsBypassed(host);
    }
}
