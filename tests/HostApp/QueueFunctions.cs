using System.Globalization;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.HostApp;

/// <summary>Functions that messages start.</summary>
public sealed class QueueFunctions(Notes notes, TimeProvider clock)
{
    private const string Connection = "ServiceBusConnection";

    [Function("Fine")]
    public void Fine(
        [ServiceBusTrigger("%FineQueue%", Connection = Connection)] ServiceBusReceivedMessage message,
        FunctionContext context
    )
    {
        var trace = System.Diagnostics.Activity.Current?.TraceId.ToString() ?? context.TraceContext.TraceParent;
        var properties = JsonSerializer.Serialize(
            context.BindingContext.BindingData.GetValueOrDefault("ApplicationProperties")
        );
        var time = clock.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        notes.Add($"fine {message.Body} at {time}, trace {trace}, data {properties}");
    }

    /// <summary>Fails as often as the message says.</summary>
    [Function("Flaky")]
    public void Flaky([ServiceBusTrigger("flaky", Connection = Connection)] ServiceBusReceivedMessage message)
    {
        notes.Add($"flaky delivery {message.DeliveryCount}");
        if (message.DeliveryCount <= int.Parse(message.Body.ToString(), CultureInfo.InvariantCulture))
            throw new InvalidOperationException("not yet");
    }

    [Function("Poison")]
    public void Poison([ServiceBusTrigger("poison", Connection = Connection)] ServiceBusReceivedMessage message)
    {
        notes.Add($"poison delivery {message.DeliveryCount}");
        throw new InvalidOperationException("always");
    }

    /// <summary>Takes longer than the queue's lock.</summary>
    [Function("Lasting")]
    public async Task Lasting([ServiceBusTrigger("slow", Connection = Connection)] ServiceBusReceivedMessage message)
    {
        notes.Add($"lasting delivery {message.DeliveryCount} began");
        await Task.Delay(TimeSpan.FromSeconds(4));
        notes.Add($"lasting delivery {message.DeliveryCount} ended");
    }

    /// <summary>Never ends at a message's first delivery; after that at once.</summary>
    [Function("Killed")]
    public async Task Killed([ServiceBusTrigger("killed", Connection = Connection)] ServiceBusReceivedMessage message)
    {
        var again = notes.Count($"message {message.Body} began") > 0;
        notes.Add($"message {message.Body} began");
        if (!again)
            await Task.Delay(Timeout.InfiniteTimeSpan);
        notes.Add($"message {message.Body} ended");
    }
}
