using Azure.Messaging.ServiceBus;

namespace Serverless.Local.Messaging;

/// <summary>
/// A processor between start and stop: one loop a concurrent call, each of which waits in the queue's line, so that a message wakes exactly one of them.
/// </summary>
internal sealed class ProcessorRun : IAsyncDisposable
{
    /// <summary>Real time until a queue that could not be reached is tried again.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ServiceBusProcessor _processor;
    private readonly ServiceBusClient _client;
    private readonly ServiceBusReceiver _receiver;
    private readonly Func<ProcessMessageEventArgs, Task> _processMessage;
    private readonly Func<ProcessErrorEventArgs, Task> _processError;
    private Task _ended = Task.CompletedTask;

    private ProcessorRun(
        ServiceBusProcessor processor,
        ServiceBusClient client,
        Func<ProcessMessageEventArgs, Task> processMessage,
        Func<ProcessErrorEventArgs, Task> processError)
    {
        _processor = processor;
        _client = client;
        _processMessage = processMessage;
        _processError = processError;
        _receiver = new ServiceBusReceiver(client, processor.EntityPath, new ServiceBusReceiverOptions { ReceiveMode = processor.ReceiveMode });
    }

    public static ProcessorRun Start(
        ServiceBusProcessor processor,
        ServiceBusClient client,
        Func<ProcessMessageEventArgs, Task> processMessage,
        Func<ProcessErrorEventArgs, Task> processError)
    {
        var run = new ProcessorRun(processor, client, processMessage, processError);
        // Up to its first wait here and now: who started a processor of a full queue sees the broker busy from then on.
        run._ended = run.RunAsync();
        return run;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _ended.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var (queue, deadLetters) = _client.Find(_processor.EntityPath, _stopping.Token);
                queue.AddProcessor(deadLetters, +1);
                using var renewal = new LockRenewal(queue, _processor.MaxAutoLockRenewalDuration, RaiseAsync);
                try
                {
                    await Task.WhenAll(Enumerable.Range(0, _processor.MaxConcurrentCalls).Select(_ => LoopAsync(queue, deadLetters, renewal)))
                        .ConfigureAwait(false);
                }
                finally
                {
                    queue.AddProcessor(deadLetters, -1);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex) when (ex is ServiceBusException or ObjectDisposedException or InvalidOperationException)
            {
                await RaiseAsync(ex, ServiceBusErrorSource.Receive).ConfigureAwait(false);
                await Task.Delay(RetryDelay, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LoopAsync(MessageQueue queue, bool deadLetters, LockRenewal renewal)
    {
        // So that starting a processor of a full queue does not run the first handlers one after the other.
        await Task.Yield();
        while (!_stopping.IsCancellationRequested)
        {
            var messages = await queue.ReceiveAsync(deadLetters, _processor.ReceiveMode, 1, maxWait: null, forProcessor: true, _stopping.Token)
                .ConfigureAwait(false);
            try
            {
                await ProcessAsync(messages[0], renewal).ConfigureAwait(false);
            }
            finally
            {
                queue.HandlersDone();
            }
        }
    }

    private async Task ProcessAsync(ServiceBusReceivedMessage message, LockRenewal renewal)
    {
        var peekLock = _processor.ReceiveMode == ServiceBusReceiveMode.PeekLock;
        var source = ServiceBusErrorSource.ProcessMessageCallback;
        if (peekLock)
            renewal.Add(message);
        try
        {
            await _processMessage(new ProcessMessageEventArgs(message, _receiver, _processor.Identifier, _stopping.Token)).ConfigureAwait(false);
            source = ServiceBusErrorSource.Complete;
            if (peekLock && _processor.AutoCompleteMessages && !message.IsSettled)
                await _receiver.CompleteMessageAsync(message, CancellationToken.None).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a handler throws, the message goes back and the processor goes on.
        catch (Exception ex)
#pragma warning restore CA1031
        {
            await RaiseAsync(ex, source).ConfigureAwait(false);
            if (peekLock && !message.IsSettled && ex is not ServiceBusException { Reason: ServiceBusFailureReason.MessageLockLost })
                await AbandonAsync(message).ConfigureAwait(false);
        }
        finally
        {
            if (peekLock)
                renewal.Remove(message);
        }
    }

    private async Task AbandonAsync(ServiceBusReceivedMessage message)
    {
        try
        {
            await _receiver.AbandonMessageAsync(message, cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is ServiceBusException or ObjectDisposedException)
        {
            await RaiseAsync(ex, ServiceBusErrorSource.Abandon).ConfigureAwait(false);
        }
    }

    private async Task RaiseAsync(Exception exception, ServiceBusErrorSource source)
    {
        try
        {
            await _processError(new ProcessErrorEventArgs(
                exception, source, _processor.FullyQualifiedNamespace, _processor.EntityPath, _processor.Identifier, _stopping.Token)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // An error handler's own errors have nobody left to go to.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
