using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable;
using Serverless.Local.InWorker;
using Serverless.Local.Messaging;
using Serverless.Local.State;
using Serverless.Local.Time;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>
/// What an app finds in Azure, with what it keeps: storage, Service Bus, Durable Functions; and the clock that it
/// shares with the worker.
/// </summary>
internal sealed class LocalPlatform(
    IConfiguration settings,
    HostJson host,
    Action<string> print,
    LocalClock clock,
    ILoggerFactory loggers
) : IAsyncDisposable
{
    private const string DevelopmentStorage = "UseDevelopmentStorage=true";
    private const string StorageSetting = "AzureWebJobsStorage";
    private const string InMemory = "memory";
    private const int StandardTablePort = 10002;
    private readonly Dictionary<string, string> _settings = [];
    private string? _temporary;
    private AzuriteProcess? _azurite;
    private Journal? _journal;
    private Broker? _broker;
    private AmqpFront? _front;
    private DurableHub? _durable;
    private ClockFile? _clockFile;

    public Broker Broker => _broker ?? throw new InvalidOperationException("The app is not started.");

    public DurableHub Durable => _durable ?? throw new InvalidOperationException("The app is not started.");

    /// <summary>What the app must know to find it all.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings => _settings;

    /// <summary>Settings whose connection is the broker, with the broker's connection string.</summary>
    public IReadOnlyDictionary<string, string> ServiceBusConnections { get; private set; } =
        new Dictionary<string, string>();

    /// <summary>The file by which a worker process follows the clock.</summary>
    public string ClockPath { get; private set; } = "";

    private string StorageConnection => _settings.GetValueOrDefault(StorageSetting) ?? settings[StorageSetting] ?? "";

    /// <summary>
    /// Orchestrations wait in a storage account, whose queues follow the machine's time alone: the clock cannot be
    /// moved.
    /// </summary>
    public bool IsInRealTime => DurableOnStorage;

    private bool DurableOnStorage =>
        string.Equals(settings["Durable:Store"], "AzureStorage", StringComparison.OrdinalIgnoreCase);

    /// <summary>Starts it all but orchestrations, with everything that was stored.</summary>
    /// <exception cref="StartupException">A part cannot start.</exception>
    public async Task StartAsync(IFunctionInvoker worker, CancellationToken cancellationToken)
    {
        var data = settings["Local:DataFolder"] is { Length: > 0 } given ? given : LocalFolders.Data;
        var kept = data == InMemory ? null : Path.GetFullPath(data);
        var folder = kept ?? (_temporary = Directory.CreateTempSubdirectory("serverless-").FullName);
        CreateFolder(folder);
        if (settings[StorageSetting] == DevelopmentStorage)
            await StartAzuriteAsync(kept, cancellationToken).ConfigureAwait(false);

        ClockPath = Path.Combine(folder, "clock");
        _clockFile = new ClockFile(ClockPath);
        var clockJournal = new ClockJournal(clock);
        _broker = new Broker(LoadQueues(), clock);
        var options = DurableOptions.FromHostJson(host.Durable) with
        {
            StorageConnectionString = DurableOnStorage ? StorageConnection : null,
        };
        _durable = new DurableHub(options, clock, worker, loggers);

        _journal = OpenJournal(
            kept,
            _durable.Journaled is { } store ? [clockJournal, _broker, store] : [clockJournal, _broker]
        );
        clock.Share(_clockFile);
        clockJournal.Attach(_journal);
        _broker.Attach(_journal);
        _durable.Attach(_journal);
        clock.AddWorkProbe(() => _broker.Work);
        clock.AddWorkProbe(() => _durable.Work);

        _front = new AmqpFront(_broker, loggers.CreateLogger<AmqpFront>());
        ServiceBusConnections = ServiceBusConnection.ForBroker(settings, _front.Start());
        foreach (var (name, connection) in ServiceBusConnections)
            _settings[name] = connection;
    }

    public Task StartDurableAsync() => Durable.StartAsync();

    /// <summary>Starts no more turns and activities, and waits a little for those under way.</summary>
    public Task StopDurableAsync() => _durable?.StopAsync() ?? Task.CompletedTask;

    /// <summary>Stops what was started. Nothing that was accepted is lost: it lies in the journal.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_front is not null)
                await _front.DisposeAsync().ConfigureAwait(false);
            if (_broker is not null)
                await _broker.DisposeAsync().ConfigureAwait(false);
            if (_durable is not null)
                await _durable.DisposeAsync().ConfigureAwait(false);
            if (_journal is not null)
                await _journal.DisposeAsync().ConfigureAwait(false);
            _clockFile?.Dispose();
            if (_temporary is not null)
                Directory.Delete(_temporary, recursive: true);
        }
        finally
        {
            if (_azurite is not null)
                await _azurite.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The queues of the file that the setting <c>Local__Queues</c> names; without it those of this repository's app.
    /// </summary>
    private IReadOnlyList<QueueSettings> LoadQueues()
    {
        var file = settings["Local:Queues"] is { Length: > 0 } given
            ? Path.GetFullPath(given)
            : Path.Combine(AppContext.BaseDirectory, "queues.json");
        try
        {
            return QueueSettings.Load(file);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            throw new StartupException($"The list of queues {file} cannot be read: {ex.Message}", ex);
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw Unusable(folder, ex);
        }
    }

    private static StartupException Unusable(string? folder, Exception ex) =>
        new(
            $"The data folder {folder} is in use or cannot be written ({ex.Message}). Stop the other app that "
                + "uses it, or give this one a folder of its own with the setting Local__DataFolder.",
            ex
        );

    private static Journal OpenJournal(string? folder, IReadOnlyCollection<IJournaled> parts)
    {
        try
        {
            return Journal.Open(folder is null ? null : Path.Combine(folder, "journal"), parts);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw Unusable(folder, ex);
        }
    }

    private async Task StartAzuriteAsync(string? folder, CancellationToken cancellationToken)
    {
        try
        {
            _azurite = await AzuriteProcess
                .StartAsync(
                    new AzuriteOptions
                    {
                        PreferredPort = folder is null ? null : StandardTablePort,
                        AllServices = DurableOnStorage,
                        DataFolder = folder is null ? null : Path.Combine(folder, "azurite"),
                        EndWithThisProcess = folder is null,
                    },
                    print,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (InvalidOperationException ex)
        {
            throw new StartupException(ex.Message, ex);
        }
        _settings[StorageSetting] = _azurite.ConnectionString;
    }
}
