using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable;
using Serverless.Local.Messaging;
using Serverless.Local.State;
using Serverless.Local.Time;

namespace Serverless.Local.Hosting;

/// <summary>The services that the app finds in Azure: storage, Service Bus and Durable Task, with what they keep.</summary>
internal sealed class LocalPlatform(LocalClock clock, ILoggerFactory loggers) : IAsyncDisposable
{
    private const string DevelopmentStorage = "UseDevelopmentStorage=true";
    private const string InMemory = "memory";
    private readonly List<string> _namespaces = [];
    private bool _stopped;
    private AzuriteProcess? _azurite;
    private Journal? _journal;
    private Broker? _broker;
    private DurableEngine? _engine;

    public Broker Broker => _broker ?? throw new InvalidOperationException("The app is not started.");
    public DurableEngine Engine => _engine ?? throw new InvalidOperationException("The app is not started.");

    /// <exception cref="StartupException">A part cannot start.</exception>
    public async Task StartAsync(
        IConfiguration settings, string folder, HostJson host, IDurableFunctions functions, DataConverter converter, Action<string> progress, CancellationToken cancellationToken)
    {
        var data = settings["Local:DataFolder"] is { Length: > 0 } given ? given : LocalFolders.Data;
        var kept = data == InMemory ? null : Path.GetFullPath(data);
        if (settings["AzureWebJobsStorage"] == DevelopmentStorage)
            await StartAzuriteAsync(kept, progress, cancellationToken).ConfigureAwait(false);

        _broker = new Broker(QueueSettings.Load(Path.Combine(folder, "queues.json")), clock);
        _engine = new DurableEngine(
            functions,
            clock,
            new DurableEngineOptions
            {
                DataConverter = converter,
                MaxConcurrentActivityFunctions = host.MaxConcurrentActivities,
                MaxConcurrentOrchestratorFunctions = host.MaxConcurrentOrchestrators,
            },
            loggers);
        var clockJournal = new ClockJournal(clock);
        _journal = OpenJournal(kept, [clockJournal, _broker, _engine]);
        clockJournal.Attach(_journal);
        _broker.Attach(_journal);
        _engine.Attach(_journal);

        foreach (var name in ServiceBusNamespaces.Find(settings))
        {
            _broker.Register(name);
            _namespaces.Add(name);
        }
        clock.AddWorkProbe(() => _broker.Work);
        clock.AddBusyProbe(() => _engine.IsBusy);
    }

    /// <summary>Stops what was started. Nothing that was accepted is lost: it lies in the journal.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, true))
            return;
        try
        {
            if (_engine is not null)
                await _engine.DisposeAsync().ConfigureAwait(false);
            _namespaces.ForEach(Broker.Unregister);
            _broker?.Dispose();
            if (_journal is not null)
                await _journal.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (_azurite is not null)
                await _azurite.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Journal OpenJournal(string? folder, IReadOnlyCollection<IJournaled> parts)
    {
        try
        {
            return Journal.Open(folder is null ? null : Path.Combine(folder, "journal"), parts);
        }
        catch (IOException ex)
        {
            throw new StartupException($"The data folder {folder} is in use or cannot be written ({ex.Message}). Stop the other app that uses it, or give this one a folder of its own with the setting Local__DataFolder.", ex);
        }
    }

    private async Task StartAzuriteAsync(string? folder, Action<string> progress, CancellationToken cancellationToken)
    {
        try
        {
            var options = new AzuriteOptions { DataFolder = folder is null ? null : Path.Combine(folder, "azurite"), EndWithThisProcess = folder is null };
            _azurite = await AzuriteProcess.StartAsync(options, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException ex)
        {
            throw new StartupException(ex.Message, ex);
        }
    }
}
