using Grpc.Net.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Hosting;
using Serverless.Local.InWorker;
using Serverless.Local.Worker;

namespace Serverless.Benchmarks;

/// <summary>
/// The host in this process, so that its memory and its clock can be seen, with an app in a worker process beside it.
/// </summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly LocalHost _host;
    private readonly GrpcChannel _channel;

    private EngineHost(LocalHost host)
    {
        _host = host;
        _channel = GrpcChannel.ForAddress(host.RpcAddress);
        Client = new GrpcDurableTaskClient(
            "benchmark",
            new GrpcDurableTaskClientOptions { Channel = _channel },
            NullLogger.Instance
        );
    }

    /// <summary>As functions get it, but in the host's process.</summary>
    public GrpcDurableTaskClient Client { get; }

    public Local.Time.LocalClock Clock => _host.Clock;

    /// <summary>The worker, to be called without the host's web server.</summary>
    public FunctionsWorker Worker => _host.Worker;

    public Uri Address => new($"http://127.0.0.1:{_host.BaseAddress.Port}");

    /// <summary>With the small app.</summary>
    public static Task<EngineHost> StartAsync(string dataFolder) =>
        StartAsync(Built.BenchmarkApp, SettingsOf(dataFolder));

    public static async Task<EngineHost> StartAsync(string app, IEnumerable<KeyValuePair<string, string?>> given)
    {
        var settings = LocalSettings.Read(app, given);
        return new EngineHost(
            await LocalHost.StartAsync(
                new LocalHostOptions
                {
                    Folder = app,
                    Settings = settings,
                    Port = 0,
                    Print = _ => { },
                    Logging = _ => { },
                    LogsOfWorker = false,
                    Launcher = surroundings => new ChildWorkerLauncher(
                        AppFolder.AssemblyIn(app),
                        new Dictionary<string, string>(
                            settings.ForWorker(surroundings.Own, LocalSettings.EnvironmentName)
                        )
                        {
                            [ChildWorker.ClockVariable] = surroundings.ClockPath,
                        },
                        _ => { }
                    ),
                },
                default
            )
        );
    }

    /// <summary>What the small app needs; it has no storage.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> SettingsOf(string dataFolder) =>
        new Dictionary<string, string?>
        {
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["AzureWebJobsStorage"] = "",
            ["ServiceBusConnection"] =
                "Endpoint=sb://localhost/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true",
            ["Local__DataFolder"] = dataFolder,
            ["Logging__LogLevel__Default"] = "Warning",
        };

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        _channel.Dispose();
        await _host.DisposeAsync();
    }
}
