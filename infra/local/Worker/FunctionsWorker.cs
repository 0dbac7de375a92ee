using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Hosting;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Worker;

/// <summary>The app's worker: started, asked for its functions, and started anew whenever it ends by itself.</summary>
internal sealed partial class FunctionsWorker(string folder, ILoggerFactory loggers, bool logsOfWorker)
    : IFunctionInvoker,
        IAsyncDisposable
{
    /// <summary>The version of Azure's host whose behaviour this one follows.</summary>
    private const string HostVersion = "4.1044.0";

    private const int MaxRemembered = 5_000;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private static readonly Dictionary<string, TypedData> NoMetadata = [];

    private readonly ILogger _logger = loggers.CreateLogger("Host.Worker");
    private readonly WorkerLog _log = new(logsOfWorker ? loggers : NullLoggerFactory.Instance);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _expectsEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkerChannel>> _expected = new();
    private readonly ConcurrentDictionary<string, string> _functionOf = new();
    private readonly ConcurrentQueue<string> _remembered = new();
    private volatile TaskCompletionSource<Ready> _ready = NewReady();
    private Task _supervising = Task.CompletedTask;
    private IWorkerLauncher? _launcher;
    private Uri? _endpoint;
    private volatile Launched? _launched;

    /// <summary>
    /// All functions, in the order of their names: that is the order in which Azure's host tries the routes.
    /// </summary>
    public IReadOnlyList<LoadedFunction> Functions { get; private set; } = [];

    /// <summary>Starts the worker and returns when its functions are loaded.</summary>
    /// <param name="launcher">Starts it, now and whenever it has ended.</param>
    /// <param name="endpoint">Where the host's gRPC services listen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartupException">It ended, or did not answer.</exception>
    public async Task StartAsync(IWorkerLauncher launcher, Uri endpoint, CancellationToken cancellationToken)
    {
        _launcher = launcher;
        _endpoint = endpoint;
        var first = await BeginAsync(cancellationToken).ConfigureAwait(false);
        _supervising = Task.Run(() => SuperviseAsync(first), CancellationToken.None);
    }

    /// <summary>The channel of a worker that was started under this id; null where none was.</summary>
    public WorkerChannel? Connect(string workerId)
    {
        if (!_expected.TryRemove(workerId, out var connected))
            return null;
        var channel = new WorkerChannel(_log);
        connected.TrySetResult(channel);
        return channel;
    }

    /// <summary>The process of the worker that was started last; 0 before the first.</summary>
    public int ProcessId => _launched?.Running.ProcessId ?? 0;

    /// <summary>How often it was started.</summary>
    public int Starts { get; private set; }

    /// <summary>
    /// From now on an end of the worker is none to mend: the host stops, and Ctrl+C in a terminal reaches the worker as
    /// well.
    /// </summary>
    public void ExpectEnd() => _expectsEnd.TrySetResult();

    /// <summary>The app of a worker process has started.</summary>
    public void HasStarted(string workerId)
    {
        if (_launched is { } launched && launched.Id == workerId)
            launched.Running.HasStarted();
    }

    /// <summary>Where the worker that runs now takes HTTP requests; waits while one is being started.</summary>
    public async Task<Uri?> HttpAddressAsync(CancellationToken cancellationToken) =>
        (await ReadyAsync(cancellationToken).ConfigureAwait(false)).HttpAddress;

    /// <summary>The function that an invocation of the last few thousand ran; null for any other.</summary>
    public string? FunctionOf(string invocationId) => _functionOf.GetValueOrDefault(invocationId);

    /// <inheritdoc/>
    public LoadedFunction? Find(string name) =>
        Functions.FirstOrDefault(function => string.Equals(function.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public Task<InvocationResponse> InvokeAsync(
        LoadedFunction function,
        TypedData trigger,
        IReadOnlyDictionary<string, TypedData>? metadata = null,
        CancellationToken cancellationToken = default
    ) => InvokeAsync(Guid.NewGuid().ToString(), function, trigger, metadata, null, cancellationToken);

    /// <summary>
    /// The same under an id that is known before, and with the number of the try where the host repeats a failed run.
    /// </summary>
    public async Task<InvocationResponse> InvokeAsync(
        string invocationId,
        LoadedFunction function,
        TypedData trigger,
        IReadOnlyDictionary<string, TypedData>? metadata,
        RetryContext? retry,
        CancellationToken cancellationToken
    )
    {
        var ready = await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var request = new InvocationRequest
        {
            InvocationId = invocationId,
            FunctionId = function.Id,
            TraceContext = new RpcTraceContext
            {
                TraceParent = Activity.Current?.Id ?? "",
                TraceState = Activity.Current?.TraceStateString ?? "",
            },
            RetryContext = retry ?? new RetryContext(),
        };
        request.InputData.Add(new ParameterBinding { Name = function.TriggerParameter, Data = trigger });
        foreach (var client in function.DurableClients)
            request.InputData.Add(
                new ParameterBinding
                {
                    Name = client,
                    Data = new TypedData { String = DurableClient!() },
                }
            );
        foreach (var (name, value) in metadata ?? NoMetadata)
            request.TriggerMetadata[name] = value;
        Remember(invocationId, function.Name);
        return await ready.Channel.InvokeAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a <c>durableClient</c> binding is filled with.</summary>
    public Func<string>? DurableClient { get; set; }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _supervising.ConfigureAwait(false);
    }

    /// <summary>
    /// The worker that runs now; waits while one is being started. One that has just ended is passed over even before
    /// anybody has seen its end: otherwise a queue would deliver its messages to it again and again, until all their
    /// deliveries are used up.
    /// </summary>
    private async Task<Ready> ReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var current = _ready;
            var ready = await current.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!ready.Channel.Ended.IsCompleted)
                return ready;
            if (_stopping.IsCancellationRequested)
                throw new WorkerLostException("The host stops.");
            Retire(current);
        }
    }

    /// <summary>From now on callers wait for the next worker.</summary>
    private void Retire(TaskCompletionSource<Ready> current)
    {
        if (current.Task.IsCompleted)
            Interlocked.CompareExchange(ref _ready, NewReady(), current);
    }

    private async Task SuperviseAsync(Ready worker)
    {
        while (true)
        {
            try
            {
                // A worker without its stream is of no use, even if it goes on running.
                var ended = await Task.WhenAny(worker.Running.Exited, worker.Channel.Ended)
                    .WaitAsync(_stopping.Token)
                    .ConfigureAwait(false);
                await ended.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                await StopAsync(worker).ConfigureAwait(false);
                _ready.TrySetException(new WorkerLostException("The host stops."));
                return;
            }
            catch (Exception ex)
            {
                LogFailed(_logger, ex);
            }
            Retire(_ready);
            await worker.Running.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAny(_expectsEnd.Task, Task.Delay(FirstPause)).ConfigureAwait(false);
            if (_expectsEnd.Task.IsCompleted)
            {
                _ready.TrySetException(new WorkerLostException("The host stops."));
                return;
            }
            LogEnded(_logger);
            if (await RestartAsync().ConfigureAwait(false) is not { } next)
                return;
            worker = next;
        }
    }

    private async Task<Ready?> RestartAsync()
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause, _stopping.Token).ConfigureAwait(false);
                return await BeginAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                _ready.TrySetException(new WorkerLostException("The host stops."));
                return null;
            }
            catch (Exception ex) when (ex is StartupException or WorkerLostException)
            {
                LogFailed(_logger, ex);
            }
        }
    }

    private async Task<Ready> BeginAsync(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        var connected = _expected[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = _launcher!.Launch(new WorkerStart(_endpoint!, id, folder));
        _launched = new Launched(id, running);
        Starts++;
        try
        {
            var connecting = connected.Task.WaitAsync(StartLimit, cancellationToken);
            if (await Task.WhenAny(connecting, running.Exited).ConfigureAwait(false) != connecting)
            {
                await running.Exited.ConfigureAwait(false);
                throw new StartupException(
                    "The worker ended before it connected to the host. What it printed says why."
                );
            }
            var channel = await connecting.ConfigureAwait(false);
            var ready = await LoadAsync(channel, running, cancellationToken)
                .WaitAsync(StartLimit, cancellationToken)
                .ConfigureAwait(false);
            _ready.TrySetResult(ready);
            return ready;
        }
        catch (Exception ex)
        {
            _expected.TryRemove(id, out _);
            await running.DisposeAsync().ConfigureAwait(false);
            if (ex is TimeoutException)
                throw new StartupException(
                    $"The worker did not answer within {StartLimit.TotalSeconds:0} seconds.",
                    ex
                );
            if (ex is WorkerLostException)
                throw new StartupException("The worker ended while it was started. What it printed says why.", ex);
            throw;
        }
    }

    private async Task<Ready> LoadAsync(
        WorkerChannel channel,
        IRunningWorker running,
        CancellationToken cancellationToken
    )
    {
        var init = (
            await channel
                .AskAsync(
                    new StreamingMessage
                    {
                        WorkerInitRequest = new WorkerInitRequest
                        {
                            HostVersion = HostVersion,
                            FunctionAppDirectory = folder,
                            WorkerDirectory = folder,
                        },
                    }
                )
                .ConfigureAwait(false)
        ).WorkerInitResponse;
        Check(init.Result, "The worker could not be initialised");

        var metadata = (
            await channel
                .AskAsync(
                    new StreamingMessage
                    {
                        FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = folder },
                    }
                )
                .ConfigureAwait(false)
        ).FunctionMetadataResponse;
        Check(metadata.Result, "The worker could not tell its functions");

        var functions = new List<LoadedFunction>();
        var loads = metadata.FunctionMetadataResults.Select(async function =>
        {
            var load = await channel
                .AskAsync(
                    new StreamingMessage
                    {
                        FunctionLoadRequest = new FunctionLoadRequest
                        {
                            FunctionId = function.FunctionId,
                            Metadata = function,
                        },
                    }
                )
                .ConfigureAwait(false);
            Check(load.FunctionLoadResponse.Result, $"Function '{function.Name}' could not be loaded");
            return Describe(function);
        });
        functions.AddRange(await Task.WhenAll(loads).ConfigureAwait(false));
        Functions = [.. functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];
        init.Capabilities.TryGetValue("HttpUri", out var announced);
        var address = await running.HttpAddressAsync(announced, cancellationToken).ConfigureAwait(false);
        return new Ready(channel, running, address);
    }

    private static LoadedFunction Describe(RpcFunctionMetadata function)
    {
        var bindings = function.RawBindings.Select(raw => JsonElement.Parse(raw)).ToList();
        var trigger = bindings.Find(binding =>
            binding.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase)
        );
        if (trigger.ValueKind != JsonValueKind.Object)
            throw new StartupException($"Function '{function.Name}' has no trigger.");
        var clients = bindings
            .Where(binding =>
                string.Equals(
                    binding.GetProperty("type").GetString(),
                    "durableClient",
                    StringComparison.OrdinalIgnoreCase
                )
            )
            .Select(binding => binding.GetProperty("name").GetString()!);
        return new LoadedFunction(
            function.Name,
            function.FunctionId,
            function.EntryPoint,
            trigger,
            [.. clients],
            function.RetryOptions
        );
    }

    private static void Check(StatusResult? result, string what)
    {
        if (result is not { Status: StatusResult.Types.Status.Success })
            throw new StartupException(
                $"{what}: {result?.Exception?.Message ?? result?.Result ?? "no reason was given"}"
            );
    }

    private static async Task StopAsync(Ready worker)
    {
        worker.Channel.Terminate();
        try
        {
            await worker.Running.Exited.WaitAsync(StopLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            await worker.Running.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Remember(string invocationId, string function)
    {
        _functionOf[invocationId] = function;
        _remembered.Enqueue(invocationId);
        if (_remembered.Count > MaxRemembered && _remembered.TryDequeue(out var oldest))
            _functionOf.TryRemove(oldest, out _);
    }

    private static TaskCompletionSource<Ready> NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Launched(string Id, IRunningWorker Running);

    private sealed record Ready(WorkerChannel Channel, IRunningWorker Running, Uri? HttpAddress);

    [LoggerMessage(1, LogLevel.Warning, "The worker has ended; it is started anew.")]
    private static partial void LogEnded(ILogger logger);

    [LoggerMessage(2, LogLevel.Error, "The worker failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
