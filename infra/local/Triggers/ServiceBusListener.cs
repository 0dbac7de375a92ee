using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting;
using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Triggers;

/// <summary>Hands the messages of a queue to a function, over the same client as Azure's host.</summary>
internal sealed partial class ServiceBusListener(
    LoadedFunction function,
    string queue,
    string connection,
    ServiceBusSettings settings,
    IFunctionInvoker worker,
    ILogger logger
) : ITriggerListener, IAsyncDisposable
{
    private const int LockTokenSize = 16;

    /// <summary>How long functions may go on when the host stops, before they are asked to give up.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly ServiceBusClient _client = ServiceBusConnection.Client(function, connection);
    private readonly CancellationTokenSource _givingUp = new();
    private ServiceBusProcessor? _processor;
    private volatile bool _stops;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _processor = _client.CreateProcessor(
            queue,
            new ServiceBusProcessorOptions
            {
                AutoCompleteMessages = settings.AutoCompleteMessages,
                MaxConcurrentCalls = settings.MaxConcurrentCalls,
                PrefetchCount = settings.PrefetchCount,
                MaxAutoLockRenewalDuration = settings.MaxAutoLockRenewalDuration,
            }
        );
        _processor.ProcessMessageAsync += RunAsync;
        _processor.ProcessErrorAsync += LogAsync;
        await _processor.StartProcessingAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_processor is null)
            return;
        _stops = true;
        _givingUp.CancelAfter(StopTimeout);
        try
        {
            await _processor.StopProcessingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A function outlasted the time to stop. Its message is delivered again after the restart.
            LogAbandoned(logger, function.Name);
            return;
        }
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_processor is not null)
            await _processor.DisposeAsync().ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        _givingUp.Dispose();
    }

    private async Task RunAsync(ProcessMessageEventArgs args)
    {
        using var activity = Begin(args.Message);
        // Not the processor's token: that is cancelled as soon as the host begins to stop, and what is under way may
        // still end well.
        var response = await worker.InvokeAsync(function, Value(args.Message), Metadata(args.Message), _givingUp.Token);
        // The processor gives the message back.
        if (response.Result.Status != StatusResult.Types.Status.Success)
            throw new FunctionFailedException(
                function.Name,
                response.Result.Exception?.Message ?? response.Result.Status.ToString()
            );
    }

    private static TypedData Value(ServiceBusReceivedMessage message)
    {
        var body = message.GetRawAmqpMessage().ToBytes().ToMemory();
        var content = new byte[LockTokenSize + body.Length];
        Guid.Parse(message.LockToken, CultureInfo.InvariantCulture).TryWriteBytes(content);
        body.CopyTo(content.AsMemory(LockTokenSize));
        return new TypedData
        {
            ModelBindingData = new ModelBindingData
            {
                Version = "1.0",
                Source = "AzureServiceBusReceivedMessage",
                ContentType = "application/octet-stream",
                Content = UnsafeByteOperations.UnsafeWrap(content),
            },
        };
    }

    private static Dictionary<string, TypedData> Metadata(ServiceBusReceivedMessage message)
    {
        var metadata = new Dictionary<string, TypedData>
        {
            ["DeliveryCount"] = Json(message.DeliveryCount),
            ["LockToken"] = new() { String = message.LockToken },
            ["SequenceNumber"] = Json(message.SequenceNumber),
            ["EnqueuedTimeUtc"] = Json(message.EnqueuedTime.UtcDateTime),
            ["EnqueuedTime"] = Json(message.EnqueuedTime),
            ["ExpiresAtUtc"] = Json(message.ExpiresAt.UtcDateTime),
            ["ApplicationProperties"] = Json(
                message.ApplicationProperties.ToDictionary(
                    property => property.Key,
                    property => Convert.ToString(property.Value, CultureInfo.InvariantCulture)
                )
            ),
        };
        Add("MessageId", message.MessageId);
        Add("CorrelationId", message.CorrelationId);
        Add("Subject", message.Subject);
        Add("ContentType", message.ContentType);
        Add("ReplyTo", message.ReplyTo);
        Add("To", message.To);
        return metadata;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                metadata[name] = new TypedData { String = value };
        }
    }

    private static TypedData Json<T>(T value) => new() { Json = JsonSerializer.Serialize(value) };

    /// <summary>The trace that the message's sender was in goes on.</summary>
    private static Activity Begin(ServiceBusReceivedMessage message)
    {
        var activity = new Activity("ServiceBus").SetIdFormat(ActivityIdFormat.W3C);
        if (
            message.ApplicationProperties.TryGetValue("Diagnostic-Id", out var id)
            && id is string parent
            && ActivityContext.TryParse(parent, null, out _)
        )
            activity.SetParentId(parent);
        return activity.Start();
    }

    private Task LogAsync(ProcessErrorEventArgs args)
    {
        // The app is stopping and its function stopped with it: the message goes back, nothing went wrong.
        if (
            args.CancellationToken.IsCancellationRequested
            && args.Exception is OperationCanceledException or WorkerLostException
        )
            return Task.CompletedTask;
        if (_stops && args.ErrorSource != ServiceBusErrorSource.ProcessMessageCallback)
            return Task.CompletedTask;
        if (args.ErrorSource != ServiceBusErrorSource.ProcessMessageCallback)
            LogProcessing(logger, args.Exception, queue, args.ErrorSource);
        else if (args.Exception is WorkerLostException)
            LogLost(logger, function.Name, queue);
        else
            LogFailed(logger, function.Name, queue, args.Exception.Message);
        return Task.CompletedTask;
    }

    private sealed class FunctionFailedException(string function, string reason)
        : Exception($"Function '{function}' failed: {reason}");

    [LoggerMessage(1, LogLevel.Error, "Function '{Function}' failed on a message of queue '{Queue}': {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string queue, string reason);

    [LoggerMessage(2, LogLevel.Error, "Queue '{Queue}': {Source} failed.")]
    private static partial void LogProcessing(
        ILogger logger,
        Exception exception,
        string queue,
        ServiceBusErrorSource source
    );

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "Function '{Function}' was still running when the app stopped; its messages will be delivered again."
    )]
    private static partial void LogAbandoned(ILogger logger, string function);

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "The worker ended while function '{Function}' worked on a message of queue '{Queue}'; it is delivered again."
    )]
    private static partial void LogLost(ILogger logger, string function, string queue);
}
