using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting;
using Serverless.Local.Time;
using Serverless.Local.Worker;

namespace Serverless.Local;

/// <summary>
/// A functions app with its host within this process, started through the app's own entry point. Several can run at
/// once.
/// </summary>
public sealed class LocalApp : IAsyncDisposable
{
    private readonly LocalHost _host;
    private readonly InProcessWorkerLauncher _launcher;

    private LocalApp(LocalHost host, InProcessWorkerLauncher launcher)
    {
        _host = host;
        _launcher = launcher;
    }

    /// <summary>Where the app listens.</summary>
    public Uri BaseAddress => _host.BaseAddress;

    /// <summary>Where the worker reaches the host; a client of Durable Functions can connect there, too.</summary>
    public Uri RpcAddress => _host.RpcAddress;

    /// <summary>The app's clock.</summary>
    public LocalClock Clock => _host.Clock;

    /// <summary>The app's services.</summary>
    public IServiceProvider Services => _launcher.Host!.Services;

    internal LocalHost Host => _host;

    /// <summary>Runs the entry point of <paramref name="app"/> and returns when the app answers.</summary>
    /// <param name="app">The app's assembly; its settings lie beside it.</param>
    /// <param name="settings">Win over all other settings. Without a <c>port</c> the app takes a free one.</param>
    /// <param name="edges">Adds to the app's services last, and so replaces them.</param>
    /// <param name="log">Takes what the host logs of itself.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static async Task<LocalApp> StartAsync(
        Assembly app,
        IEnumerable<KeyValuePair<string, string?>> settings,
        Action<IServiceCollection>? edges = null,
        ILoggerProvider? log = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(settings);
        var folder = Path.GetDirectoryName(app.Location)!;
        var local = LocalSettings.Read(folder, settings);
        InProcessWorkerLauncher? launcher = null;
        var host = await LocalHost
            .StartAsync(
                new LocalHostOptions
                {
                    Folder = folder,
                    Settings = local,
                    Port = local.Port(standard: 0),
                    Print = _ => { },
                    Logging = logging => Log(logging, log),
                    LogsOfWorker = false,
                    Launcher = surroundings =>
                        launcher = new InProcessWorkerLauncher(
                            app,
                            local.ForWorker([new("environment", "Development"), .. surroundings.Own], key => key),
                            services =>
                            {
                                services.AddSingleton<TimeProvider>(surroundings.Clock);
                                edges?.Invoke(services);
                            },
                            surroundings.Observed
                        ),
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new LocalApp(host, launcher!);
    }

    /// <summary>Stops the app as Ctrl+C would: what is under way is finished, what is stored is kept.</summary>
    public Task StopAsync() => _host.DisposeAsync().AsTask();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static void Log(ILoggingBuilder logging, ILoggerProvider? log)
    {
        if (log is not null)
            logging.AddProvider(log);
    }
}
