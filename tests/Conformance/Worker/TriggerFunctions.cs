using System.Threading.Channels;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Conformance.Worker;

/// <summary>What the functions below saw, in order.</summary>
public sealed class Seen
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public void Add(string line) => _lines.Writer.TryWrite(line);

    public ValueTask<string> NextAsync() => _lines.Reader.ReadAsync(Xunit.TestContext.Current.CancellationToken);

    public string[] Drain()
    {
        var all = new List<string>();
        while (_lines.Reader.TryRead(out var line))
            all.Add(line);
        return [.. all];
    }
}

public sealed class SettlingFunctions(Seen seen)
{
    [Function("Settle")]
    public async Task Settle(
        [ServiceBusTrigger("webhooks", Connection = "ServiceBusConnection", AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions, FunctionContext context, int deliveryCount, CancellationToken cancellationToken)
    {
        seen.Add($"{message.Subject} {message.Body} {deliveryCount} {context.BindingContext.BindingData["MessageId"]}");
        switch (message.Subject)
        {
            case "complete":
                await actions.CompleteMessageAsync(message, cancellationToken);
                break;
            case "abandon" when message.DeliveryCount == 1:
                await actions.AbandonMessageAsync(message, new Dictionary<string, object> { ["tried"] = 1 }, cancellationToken);
                break;
            case "abandon":
                seen.Add("again with " + message.ApplicationProperties["tried"]);
                await actions.CompleteMessageAsync(message, cancellationToken);
                break;
            case "deadletter":
                await actions.DeadLetterMessageAsync(message, null, "unwanted", "not today", cancellationToken);
                break;
            default:
                throw new InvalidOperationException("cannot be handled");
        }
    }
}

public sealed class OrderFunctions(Seen seen)
{
    [Function("TakeOrderMessage")]
    public void Take([ServiceBusTrigger("%OrderQueue%", Connection = "ServiceBusConnection")] Order order, string messageId) => seen.Add($"{messageId} {order.Item} {order.Count}");
}

public sealed class TextFunctions(Seen seen)
{
    [Function("TakeText")]
    public void Take([ServiceBusTrigger("events", Connection = "ServiceBusConnection")] string text) => seen.Add(text);
}

public sealed class TimerFunctions(Seen seen, TimeProvider clock)
{
    [Function("EveryHour")]
    public void EveryHour([TimerTrigger("%Hourly%")] TimerInfo timer) =>
        seen.Add($"{clock.GetUtcNow():HH:mm:ss} next {timer.ScheduleStatus!.Next:HH:mm:ss} late {timer.IsPastDue}");
}

public sealed class StartupTimerFunctions(Seen seen)
{
    [Function("AtStart")]
    public void AtStart([TimerTrigger("0 0 0 1 1 *", RunOnStartup = true)] TimerInfo timer) => seen.Add("ran " + timer.IsPastDue);
}

public sealed class RetriedTimerFunctions(Seen seen, TimeProvider clock)
{
    [Function("Retried"), FixedDelayRetry(2, "00:10:00")]
    public void Retried([TimerTrigger("0 0 * * * *")] TimerInfo timer, FunctionContext context)
    {
        _ = timer;
        seen.Add($"{clock.GetUtcNow():mm} try {context.RetryContext.RetryCount} of {context.RetryContext.MaxRetryCount}");
        throw new InvalidOperationException("never works");
    }
}

public sealed class DurableFunctionsUnderTest
{
    [Function("StartGreeting")]
    public static async Task<IResult> StartGreeting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "greetings/{name}")] HttpRequest request, string name, [DurableClient] DurableTaskClient client)
    {
        _ = request;
        return Results.Text(await client.ScheduleNewOrchestrationInstanceAsync("Greeting", new Order(name, 2)));
    }

    [Function("Greeting")]
    public static async Task<string> Greeting([OrchestrationTrigger] TaskOrchestrationContext context, Order order)
    {
        await context.CreateTimer(context.CurrentUtcDateTime.AddHours(1), CancellationToken.None);
        var first = await context.CallActivityAsync<string>("Greet", order);
        var answer = await context.WaitForExternalEvent<string>("Answer");
        return $"{first}, {answer}";
    }

    [Function("Greet")]
    public static string Greet([ActivityTrigger] Order order, string instanceId) => $"Hello {order.Item} x{order.Count} from {instanceId.Length > 0}";
}
