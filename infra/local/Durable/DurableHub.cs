using System.Globalization;
using System.Text.Json;
using DurableTask.Core;
using DurableTask.Core.Query;
using DurableTask.Core.Settings;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable.Embedded;
using Serverless.Local.State;
using Serverless.Local.Worker;

namespace Serverless.Local.Durable;

/// <summary>
/// The app's task hub: the engine, its store, and the service that the worker's client talks to.
/// The embedded store needs its journal before the start: open the journal with <see cref="Journaled"/>, then call
/// <see cref="Attach"/>.
/// </summary>
internal sealed class DurableHub : IAsyncDisposable
{
    private readonly DurableOptions _options;
    private readonly IOrchestrationService _store;
    private readonly EmbeddedOrchestrationService? _embedded;
    private readonly DurableMiddleware _middleware;
    private readonly TaskHubWorker _engine;
    private readonly CancellationTokenSource _stopping = new();

    public DurableHub(DurableOptions options, TimeProvider clock, IFunctionInvoker worker, ILoggerFactory loggers)
    {
        _options = options;
        var logger = loggers.CreateLogger<DurableHub>();
        _embedded = options.StorageConnectionString is null
            ? new EmbeddedOrchestrationService(options, clock, logger)
            : null;
        _store = (IOrchestrationService?)_embedded ?? AzureStorage.Create(options, loggers);
        _middleware = new DurableMiddleware(worker, logger, _stopping.Token);

        // As in the real host: a version is refused unless host.json covers it, and stays to be taken up by a host
        // that does.
        var versions = new VersioningSettings
        {
            Version = options.DefaultVersion,
            MatchStrategy = VersioningSettings.VersionMatchStrategy.CurrentOrOlder,
            FailureStrategy = VersioningSettings.VersionFailureStrategy.Reject,
        };
        _engine = new TaskHubWorker(_store, versions, new EngineLog(loggers))
        {
            ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails,
        };
        _middleware.AddTo(_engine);
        Sidecar = new DurableSidecar((IOrchestrationServiceClient)_store, options);
    }

    /// <summary>The gRPC service to map where the binding's <c>rpcBaseUrl</c> points.</summary>
    public DurableSidecar Sidecar { get; }

    /// <summary>The part of the journal; null where the state lies in a storage account.</summary>
    public IJournaled? Journaled => _embedded;

    /// <summary>
    /// Turns and activities that are queued or running. Of a storage account only those that this host runs are known.
    /// </summary>
    public int Work => _embedded?.Work ?? _middleware.Running;

    public bool IsBusy => Work > 0;

    public void Attach(Journal journal) => _embedded?.Attach(journal);

    /// <summary>
    /// Begins to run what is due. The worker's functions must be known by then and stay known while a worker is
    /// replaced: an orchestration whose function cannot be found fails, as in Azure.
    /// </summary>
    public async Task StartAsync()
    {
        await _store.CreateIfNotExistsAsync().ConfigureAwait(false);
        await _engine.StartAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Stops without waiting for what runs: it runs again after the next start. To be called before the worker is
    /// stopped.
    /// </summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _engine.StopAsync(isForced: true).ConfigureAwait(false);
    }

    /// <summary>
    /// Up to <paramref name="max"/> instances for a status page; of the embedded store those that changed last.
    /// </summary>
    public async Task<IReadOnlyList<DurableInstance>> ReadAsync(int max, CancellationToken cancellationToken = default)
    {
        if (_embedded is not null)
            return _embedded.Read(max);
        var query = new OrchestrationQuery { PageSize = max, FetchInputsAndOutputs = true };
        var found = await ((IOrchestrationServiceQueryClient)_store)
            .GetOrchestrationWithQueryAsync(query, cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. found
                .OrchestrationState.Select(DurableInstance.Of)
                .OrderByDescending(instance => instance.LastUpdatedAt),
        ];
    }

    /// <summary>
    /// The value of a <c>durableClient</c> parameter. All of it must be there: a missing message size is read as 0,
    /// with which every call fails, and the timeout is JSON inside a string.
    /// </summary>
    /// <param name="rpcBaseUrl">Where <see cref="Sidecar"/> is served over HTTP/2 without TLS, for example
    /// <c>http://127.0.0.1:4001</c>.</param>
    public string ClientBinding(string rpcBaseUrl) =>
        JsonSerializer.Serialize(
            new
            {
                rpcBaseUrl,
                taskHubName = _options.HubName,
                connectionName = (string?)null,
                requiredQueryStringParameters = "code=local",
                httpBaseUrl = rpcBaseUrl + "/runtime/webhooks/durabletask",
                maxGrpcMessageSizeInBytes = _options.MaxGrpcMessageSizeInBytes,
                grpcHttpClientTimeout = JsonSerializer.Serialize(
                    _options.GrpcHttpClientTimeout.ToString("c", CultureInfo.InvariantCulture)
                ),
            }
        );

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
            await StopAsync().ConfigureAwait(false);
        _engine.Dispose();
        (_store as IDisposable)?.Dispose();
        _stopping.Dispose();
    }
}
