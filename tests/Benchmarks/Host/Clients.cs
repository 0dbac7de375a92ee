namespace Serverless.Benchmarks;

/// <summary>HTTP clients that add nothing of their own to a request.</summary>
internal static class Clients
{
    public static HttpClient New(Uri? address = null) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                ActivityHeadersPropagator = null,
            }
        )
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromMinutes(5),
        };
}
