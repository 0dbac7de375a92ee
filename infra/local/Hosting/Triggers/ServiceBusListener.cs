using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting;

/// <summary>Hands the messages of a queue to a function.</summary>
internal sealed partial class ServiceBusListener(
    LocalFunctionDefinition function, string queue, Func<ServiceBusClient> connect, ServiceBusSettings settings, InvocationPipeline pipeline, ILogger logger) : ITriggerListener
{
    private ServiceBusClient? _client;
    private ServiceBusProcessor? _processor;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _client = connect();
        _processor = _client.CreateProcessor(queue, new ServiceBusProcessorOptions
        {
            AutoCompleteMessages = ((ServiceBusTriggerAttribute)function.Trigger).AutoComplete ?? settings.AutoCompleteMessages,
            MaxConcurrentCalls = settings.MaxConcurrentCalls,
            MaxAutoLockRenewalDuration = settings.MaxAutoLockRenewalDuration,
        });
        _processor.ProcessMessageAsync += RunAsync;
        _processor.ProcessErrorAsync += LogAsync;
        await CheckQueueAsync(_client, cancellationToken).ConfigureAwait(false);
        await _processor.StartProcessingAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_processor is null)
            return;
        try
        {
            await _processor.StopProcessingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A handler outlasted the time to stop. Its message is delivered again after the restart.
            LogAbandoned(logger, function.Name);
            return;
        }
        await _processor.DisposeAsync().ConfigureAwait(false);
        await _client!.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A processor would only report a missing queue again and again.</summary>
    private async Task CheckQueueAsync(ServiceBusClient client, CancellationToken cancellationToken)
    {
        await using var receiver = client.CreateReceiver(queue);
        try
        {
            await receiver.PeekMessageAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (ServiceBusException ex) when (ex.Reason == ServiceBusFailureReason.MessagingEntityNotFound)
        {
            throw new StartupException($"Function '{function.Name}' listens to the queue '{queue}', which does not exist. Add it to infra/queues.json.", ex);
        }
    }

    private async Task RunAsync(ProcessMessageEventArgs args)
    {
        await using var context = pipeline.Create(function, args, args.CancellationToken, MessageData.Of(args.Message));
        await pipeline.RunCountedAsync(context);
    }

    private Task LogAsync(ProcessErrorEventArgs args)
    {
        // The app is stopping and its function stopped with it: the message goes back, nothing went wrong.
        if (args.Exception is OperationCanceledException && args.CancellationToken.IsCancellationRequested)
            return Task.CompletedTask;
        if (args.ErrorSource == ServiceBusErrorSource.ProcessMessageCallback)
            LogFailed(logger, args.Exception, function.Name, queue);
        else
            LogProcessing(logger, args.Exception, queue, args.ErrorSource);
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Error, "Function '{Function}' failed on a message of queue '{Queue}'.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string function, string queue);

    [LoggerMessage(2, LogLevel.Error, "Queue '{Queue}': {Source} failed.")]
    private static partial void LogProcessing(ILogger logger, Exception exception, string queue, ServiceBusErrorSource source);

    [LoggerMessage(3, LogLevel.Warning, "Function '{Function}' was still running when the app stopped; its messages will be delivered again.")]
    private static partial void LogAbandoned(ILogger logger, string function);
}
