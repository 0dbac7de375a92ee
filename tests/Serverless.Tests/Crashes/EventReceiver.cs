using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Tests.Crashes;

/// <summary>One webhook as it arrived.</summary>
internal sealed record Arrival(string WebhookId, string Event, string LinkId, string Body);

/// <summary>
/// A partner's webhook endpoint in this process: takes everything and answers 204 unless told otherwise.
/// </summary>
internal sealed class EventReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<Arrival> _arrivals = new();

    /// <summary>Answers a webhook instead of the 204.</summary>
    public Func<Arrival, HttpContext, Task>? Answer { get; set; }

    private EventReceiver(WebApplication web) => _web = web;

    public string Url => $"{_web.Urls.First()}/hook";

    public IReadOnlyCollection<Arrival> Arrivals => _arrivals;

    public static async Task<EventReceiver> StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        var receiver = new EventReceiver(web);
        web.MapPost("/hook", receiver.TakeAsync);
        await web.StartAsync(ct);
        return receiver;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        var arrival = new Arrival(
            http.Request.Headers["webhook-id"].ToString(),
            root.GetProperty("event").GetString()!,
            root.GetProperty("data").GetProperty("linkId").GetString()!,
            body
        );
        _arrivals.Enqueue(arrival);
        if (Answer is { } answer)
            await answer(arrival, http);
        else
            http.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
