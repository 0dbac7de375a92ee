using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Benchmarks;

/// <summary>A partner's webhook endpoint: notes when which event arrived.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<long>> _arrivals = new();

    private Receiver(WebApplication web) => _web = web;

    public string Url => $"{_web.Urls.First()}/hook";

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        var receiver = new Receiver(web);
        web.MapPost("/hook", receiver.TakeAsync);
        await web.StartAsync();
        return receiver;
    }

    /// <summary>The moments (<see cref="Stopwatch.GetTimestamp"/>) at which events of this name came.</summary>
    public IReadOnlyCollection<long> Arrivals(string eventName) =>
        _arrivals.GetOrAdd(eventName, static _ => new ConcurrentQueue<long>());

    public void Forget() => _arrivals.Clear();

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var json = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        _arrivals
            .GetOrAdd(json.RootElement.GetProperty("event").GetString()!, static _ => new ConcurrentQueue<long>())
            .Enqueue(Stopwatch.GetTimestamp());
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
