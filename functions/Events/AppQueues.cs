using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Observability;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Events;

/// <summary>
/// The app's two queues: <c>events</c> for fast internal work, <c>webhooks</c> for slow calls to partners.
/// </summary>
internal sealed class AppQueues(ServiceBusClient client, TimeProvider time, ILogger<AppQueues> logger)
{
    public const string EventsName = "events";
    public const string WebhooksName = "webhooks";

    /// <summary>Name of the connection setting, in the form that the triggers require.</summary>
    public const string Connection = "ServiceBusConnection";

    public AppQueue Events { get; } = new(client.CreateSender(EventsName), EventsName, time, logger);
    public AppQueue Webhooks { get; } = new(client.CreateSender(WebhooksName), WebhooksName, time, logger);

    /// <summary>One of the two by its name.</summary>
    public AppQueue Named(string name) => name == EventsName ? Events : Webhooks;
}

/// <summary>
/// Sends to one queue, and handles its messages so that an outage delays them but does not dead-letter them.
/// </summary>
internal sealed class AppQueue(ServiceBusSender sender, string name, TimeProvider time, ILogger logger)
{
    private const string FailuresProperty = "failures";
    private const string Probe = "health";

    /// <summary>
    /// The delays before each retry of a failed message. An abandoned message would come back at once, so a short
    /// outage would use up its ten deliveries and dead-letter it.
    /// </summary>
    private static readonly TimeSpan[] Backoff =
    [
        TimeSpan.FromSeconds(2),
        TimeSpan.FromSeconds(10),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(15),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(4),
        TimeSpan.FromHours(8),
    ];

    /// <summary>Sends a message; when <paramref name="due"/> is given, it is delivered then.</summary>
    /// <param name="body">Ids only: bodies are stored in clear text.</param>
    /// <param name="messageId">Identifies the message: a duplicate within ten minutes is dropped.</param>
    /// <param name="due">When it is to be delivered.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task SendAsync<T>(T body, string messageId, DateTimeOffset? due, CancellationToken ct)
    {
        var message = new ServiceBusMessage(BinaryData.FromObjectAsJson(body, StoredJson.Options))
        {
            MessageId = messageId,
            ContentType = "application/json",
        };
        if (due is { } at)
            message.ScheduledEnqueueTime = at;
        Mark(message);
        return sender.SendMessageAsync(message, ct);
    }

    /// <summary>
    /// Sends a message that was set aside once more, as if it were new: with an id of its own, which is no duplicate,
    /// and without the failures that it had.
    /// </summary>
    public Task ResendAsync(ServiceBusReceivedMessage letter, CancellationToken ct)
    {
        var original = letter.MessageId.Split('~')[0];
        // Ids have at most 128 characters.
        var message = new ServiceBusMessage(letter.Body)
        {
            MessageId = $"{original[..Math.Min(original.Length, 80)]}~again{Guid.NewGuid():n}",
            ContentType = letter.ContentType,
        };
        Mark(message);
        return sender.SendMessageAsync(message, ct);
    }

    /// <summary>
    /// Sends a probe message to check that the queue accepts messages. All probes have the same id, so duplicate
    /// detection drops all but one in ten minutes; <see cref="HandleAsync"/> ignores that one.
    /// </summary>
    public Task ProbeAsync(CancellationToken ct) =>
        sender.SendMessageAsync(new ServiceBusMessage(Probe) { MessageId = Probe, Subject = Probe }, ct);

    /// <summary>
    /// Runs a handler. If it fails, the message is scheduled again with growing delays for about 16 hours and then
    /// dead-lettered.
    /// </summary>
    public async Task HandleAsync<T>(
        ServiceBusReceivedMessage message,
        Func<T, CancellationToken, Task> handler,
        CancellationToken ct
    )
        where T : IQueueTask
    {
        if (message.Subject == Probe)
            return;
        Tracing.Continue(
            message.ApplicationProperties.TryGetValue(Tracing.Header, out var trace) ? trace as string : null
        );
        IDisposable? scope = null;
        try
        {
            var task = message.Body.ToObjectFromJson<T>(StoredJson.Options)!;
            scope = logger.BeginEvent(task.Partner, task.Id);
            Activity
                .Current?.SetTag("messaging.system", "servicebus")
                .SetTag("messaging.destination.name", name)
                .SetTag(LogScopes.Partner, task.Partner)
                .SetTag(LogScopes.Event, task.Id);
            await handler(task, ct);
        }
        catch (Exception ex) when (!ct.IsCancellationRequested)
        {
            var failures = message.ApplicationProperties.TryGetValue(FailuresProperty, out var count)
                ? Convert.ToInt32(count, null)
                : 0;
            if (failures >= Backoff.Length)
                throw;
            var original = message.MessageId.Split('~')[0];
            var again = new ServiceBusMessage(message.Body)
            {
                MessageId = $"{original}~{failures + 1}",
                ContentType = message.ContentType,
                ScheduledEnqueueTime = time.GetUtcNow() + Backoff[failures],
                ApplicationProperties = { [FailuresProperty] = failures + 1 },
            };
            Mark(again);
            Activity.Current?.SetTag("error.type", ex.GetType().FullName).SetStatus(ActivityStatusCode.Error);
            Metrics.FailedMessages.Add(1, new KeyValuePair<string, object?>("messaging.destination.name", name));
            // If this fails too, the exception abandons the message, so the broker delivers it again.
            await sender.SendMessageAsync(again, ct);
            QueueLog.HandlerFailed(logger, ex, message.MessageId, failures + 1, Backoff[failures]);
        }
        finally
        {
            scope?.Dispose();
        }
    }

    private static void Mark(ServiceBusMessage message)
    {
        if (Tracing.Context is { } trace)
            message.ApplicationProperties[Tracing.Header] = trace;
    }
}

/// <summary>A message's body: ids only.</summary>
internal interface IQueueTask
{
    /// <summary>Partner id.</summary>
    string Partner { get; }

    /// <summary>The event.</summary>
    string Id { get; }
}

internal static partial class QueueLog
{
    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Message {MessageId} could not be handled (failure {Failures}); it comes back in {Delay}"
    )]
    public static partial void HandlerFailed(
        ILogger logger,
        Exception exception,
        string messageId,
        int failures,
        TimeSpan delay
    );
}
