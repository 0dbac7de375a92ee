using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Tests;

/// <summary>A partner's web server: each inbox is a path of it.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentDictionary<string, Inbox> _inboxes = new();

    private Receiver(WebApplication web) => _web = web;

    private string Address =>
        _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<Receiver> StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new Receiver(builder.Build());
        receiver._web.Run(receiver.ReceiveAsync);
        await receiver._web.StartAsync(ct);
        return receiver;
    }

    public Inbox NewInbox(Func<DateTimeOffset> clock)
    {
        var path = "/" + Guid.NewGuid().ToString("n");
        return _inboxes[path] = new Inbox(Address + path, clock);
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private Task ReceiveAsync(HttpContext http) =>
        _inboxes.TryGetValue(http.Request.Path, out var inbox) ? inbox.ReceiveAsync(http) : Task.CompletedTask;
}

/// <summary>Where webhooks arrive.</summary>
public sealed class Inbox(string url, Func<DateTimeOffset> clock)
{
    private readonly ConcurrentQueue<Webhook> _received = new();

    public string Url => url;

    /// <summary>How the next ones are answered; 200 unless a test says otherwise.</summary>
    public Func<Webhook, HttpContext, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What has arrived so far.</summary>
    public IReadOnlyList<Webhook> Received => [.. _received];

    /// <summary>The events that have arrived so far.</summary>
    public string[] Events => [.. _received.Select(webhook => webhook.Event)];

    /// <summary>Answers everything from now on with a status.</summary>
    public void AnswerWith(int status) =>
        Answer = (_, http) =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        };

    /// <summary>Waits until so many have arrived.</summary>
    public async Task WaitForAsync(int count)
    {
        var started = Stopwatch.GetTimestamp();
        while (_received.Count < count)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20))
                throw new TimeoutException($"{_received.Count} of {count} webhooks have arrived.");
            await Task.Delay(5);
        }
    }

    public async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var webhook = new Webhook(
            clock(),
            http.Request.Method,
            http.Request.Headers.ToDictionary(
                header => header.Key,
                header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            body.ToArray()
        );
        _received.Enqueue(webhook);
        await Answer(webhook, http);
    }
}

/// <summary>A webhook that arrived.</summary>
/// <param name="At">By the app's clock.</param>
public sealed record Webhook(DateTimeOffset At, string Method, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Event => (string)Json["event"]!;

    public JsonNode Data => Json["data"]!;
}
