// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>Hands a queue's messages to a handler, several at a time, and settles them.</summary>
public class ServiceBusProcessor : IAsyncDisposable
{
    private readonly SemaphoreSlim _startOrStop = new(1, 1);
    private readonly ServiceBusClient _client;
    private readonly ServiceBusProcessorOptions _options;
    private Func<ProcessMessageEventArgs, Task> _processMessage;
    private Func<ProcessErrorEventArgs, Task> _processError;
    private ProcessorRun _run;

    protected ServiceBusProcessor()
    {
    }

    internal ServiceBusProcessor(ServiceBusClient client, string queueName, ServiceBusProcessorOptions options)
    {
        _client = client;
        // A copy: changed later, the options change nothing here.
        _options = new ServiceBusProcessorOptions
        {
            PrefetchCount = options?.PrefetchCount ?? 0,
            ReceiveMode = options?.ReceiveMode ?? ServiceBusReceiveMode.PeekLock,
            AutoCompleteMessages = options?.AutoCompleteMessages ?? true,
            MaxAutoLockRenewalDuration = options?.MaxAutoLockRenewalDuration ?? TimeSpan.FromMinutes(5),
            MaxConcurrentCalls = options?.MaxConcurrentCalls ?? 1,
            SubQueue = options?.SubQueue ?? SubQueue.None,
        };
        EntityPath = ServiceBusClient.EntityPath(queueName, _options.SubQueue);
        Identifier = ServiceBusClient.Name(options?.Identifier, EntityPath);
    }

    public virtual string FullyQualifiedNamespace => _client.FullyQualifiedNamespace;

    public virtual string EntityPath { get; }

    public virtual string Identifier { get; }

    public virtual ServiceBusReceiveMode ReceiveMode => _options.ReceiveMode;

    public virtual int PrefetchCount => _options.PrefetchCount;

    public virtual bool IsProcessing => _run is not null;

    public virtual int MaxConcurrentCalls => _options.MaxConcurrentCalls;

    public virtual bool AutoCompleteMessages => _options.AutoCompleteMessages;

    public virtual TimeSpan MaxAutoLockRenewalDuration => _options.MaxAutoLockRenewalDuration;

    public virtual bool IsClosed { get; private set; }

    /// <summary>The handler of messages; exactly one.</summary>
    public event Func<ProcessMessageEventArgs, Task> ProcessMessageAsync
    {
        add => Add(ref _processMessage, value);
        remove => Remove(ref _processMessage, value);
    }

    /// <summary>The handler of errors; exactly one. What it throws is swallowed.</summary>
    public event Func<ProcessErrorEventArgs, Task> ProcessErrorAsync
    {
        add => Add(ref _processError, value);
        remove => Remove(ref _processError, value);
    }

    public virtual async Task StartProcessingAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        await _startOrStop.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_run is not null)
                throw new InvalidOperationException("The processor is already running and needs to be stopped before it can be started.");
            if (_processMessage is null)
                throw new InvalidOperationException($"A handler must be set for {nameof(ProcessMessageAsync)} before processing starts.");
            if (_processError is null)
                throw new InvalidOperationException($"A handler must be set for {nameof(ProcessErrorAsync)} before processing starts.");
            _run = ProcessorRun.Start(this, _client, _processMessage, _processError);
        }
        finally
        {
            _startOrStop.Release();
        }
    }

    /// <summary>Takes no more messages and waits for the handlers under way.</summary>
    public virtual async Task StopProcessingAsync(CancellationToken cancellationToken = default)
    {
        await _startOrStop.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_run is null)
                return;
            await _run.StopAsync(cancellationToken).ConfigureAwait(false);
            await _run.DisposeAsync().ConfigureAwait(false);
            _run = null;
        }
        finally
        {
            _startOrStop.Release();
        }
    }

    public virtual async Task CloseAsync(CancellationToken cancellationToken = default)
    {
        IsClosed = true;
        await StopProcessingAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private void Add<T>(ref Func<T, Task> handler, Func<T, Task> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        ThrowIfRunning();
        if (handler is not null)
            throw new NotSupportedException("Another handler has already been assigned to this event and there can be only one.");
        handler = value;
    }

    private void Remove<T>(ref Func<T, Task> handler, Func<T, Task> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        ThrowIfRunning();
        if (handler != value)
            throw new ArgumentException("This handler has not been previously assigned to this event.", nameof(value));
        handler = null;
    }

    private void ThrowIfRunning()
    {
        if (_run is not null)
            throw new InvalidOperationException("The processor is running: its handlers can be changed only while it is stopped.");
    }
}
