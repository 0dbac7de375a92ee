using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Benchmarks;

/// <summary>
/// The webhook endpoints of many partners, a port each: they answer after a latency, and some of them may hang.
/// </summary>
internal sealed class Endpoints : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _firstArrivals = new();
    private CancellationTokenSource _hanging = new();
    private readonly ConcurrentDictionary<int, bool> _hangingPorts = new();

    private Endpoints(WebApplication web) => _web = web;

    /// <summary>One for each endpoint.</summary>
    public IReadOnlyList<string> Urls => [.. _web.Urls.Select(url => $"{url}/hook")];

    /// <summary>Of each answer.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>The moment, by the machine's clock, at which a link's first webhook came.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> FirstArrivals => _firstArrivals;

    public static async Task<Endpoints> StartAsync(int count)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var i = 0; i < count; i++)
                kestrel.Listen(IPAddress.Loopback, 0);
        });
        var web = builder.Build();
        var endpoints = new Endpoints(web);
        web.MapPost("/hook", endpoints.TakeAsync);
        await web.StartAsync();
        return endpoints;
    }

    /// <summary>Requests to this endpoint get no answer from now on.</summary>
    public void Hang(string url) => _hangingPorts[new Uri(url).Port] = true;

    /// <summary>What hangs is answered, and nothing hangs any more.</summary>
    public void Release()
    {
        _hangingPorts.Clear();
        Interlocked.Exchange(ref _hanging, new CancellationTokenSource()).Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        await _web.DisposeAsync();
        _hanging.Dispose();
    }

    private async Task TakeAsync(HttpContext http)
    {
        var at = DateTimeOffset.UtcNow;
        using var json = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        _firstArrivals.TryAdd(json.RootElement.GetProperty("data").GetProperty("linkId").GetString()!, at);
        if (_hangingPorts.ContainsKey(http.Connection.LocalPort))
            await WaitAsync(
                Timeout.InfiniteTimeSpan,
                CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _hanging.Token).Token
            );
        else if (Latency > TimeSpan.Zero)
            await WaitAsync(Latency, http.RequestAborted);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task WaitAsync(TimeSpan time, CancellationToken ct)
    {
        try
        {
            await Task.Delay(time, ct);
        }
        catch (OperationCanceledException)
        {
            // Released, or nobody waits any more.
        }
    }
}
