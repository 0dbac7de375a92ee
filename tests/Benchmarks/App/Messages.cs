using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Serverless.BenchmarkApp;

/// <summary>Messages from the queue to a function, and the same without a host in between.</summary>
public sealed class Messages(IConfiguration settings)
{
    /// <summary>A queue with a function, and one without.</summary>
    private const string Queue = "events",
        BareQueue = "webhooks",
        Connection = "ServiceBusConnection";

    private const int Batch = 500;

    /// <summary>As host.json has it.</summary>
    private const int Concurrency = 32;

    private static Countdown _left = new(0);

    [Function(nameof(TakeMessage))]
    public static void TakeMessage(
        [ServiceBusTrigger(Queue, Connection = Connection)] ServiceBusReceivedMessage message
    ) => _left.One();

    /// <summary>
    /// Sends messages and answers when the function has had them all: from the first one sent to the last one taken.
    /// </summary>
    [Function(nameof(SendMessages))]
    public async Task<IResult> SendMessages(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "messages")] HttpRequest http
    )
    {
        await using var client = new ServiceBusClient(settings[Connection]);
        var left = _left = new Countdown(Requests.Number(http, "count"));
        var started = Stopwatch.GetTimestamp();
        await SendAsync(client, Queue, left.Count);
        await left.Done.WaitAsync(http.HttpContext.RequestAborted);
        return Results.Json(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>The same, taken by the client's own processor in this process.</summary>
    [Function(nameof(SendMessagesBare))]
    public async Task<IResult> SendMessagesBare(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "bare/messages")] HttpRequest http
    )
    {
        await using var client = new ServiceBusClient(settings[Connection]);
        await using var processor = client.CreateProcessor(
            BareQueue,
            new ServiceBusProcessorOptions { MaxConcurrentCalls = Concurrency }
        );
        var left = new Countdown(Requests.Number(http, "count"));
        processor.ProcessMessageAsync += _ =>
        {
            left.One();
            return Task.CompletedTask;
        };
        processor.ProcessErrorAsync += _ => Task.CompletedTask;
        await processor.StartProcessingAsync();
        var started = Stopwatch.GetTimestamp();
        await SendAsync(client, BareQueue, left.Count);
        await left.Done.WaitAsync(http.HttpContext.RequestAborted);
        var elapsed = Stopwatch.GetElapsedTime(started);
        await processor.StopProcessingAsync();
        return Results.Json(elapsed.TotalMilliseconds);
    }

    private static async Task SendAsync(ServiceBusClient client, string queue, int count)
    {
        await using var sender = client.CreateSender(queue);
        for (var sent = 0; sent < count; sent += Batch)
        {
            var batch = Enumerable.Range(0, Math.Min(Batch, count - sent)).Select(_ => new ServiceBusMessage("{}"));
            await sender.SendMessagesAsync(batch);
        }
    }

    private sealed class Countdown(int count)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public int Count { get; } = count;

        public Task Done => _done.Task;

        public void One()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                _done.TrySetResult();
        }
    }
}
