using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Local.InWorker;

namespace Serverless.Local.Worker;

/// <summary>
/// Runs the app's entry point on a thread of this process: for tests, which start many apps and look into them.
/// Everything else is as for a worker of its own: it speaks gRPC with the host and takes HTTP on a port.
/// </summary>
/// <param name="app">The app's assembly.</param>
/// <param name="settings">The app's settings.</param>
/// <param name="configure">Adds to the app's services when the app has added its own.</param>
/// <param name="observed">Takes word of each request that a function of this process makes, of any app.</param>
internal sealed class InProcessWorkerLauncher(
    Assembly app,
    IReadOnlyDictionary<string, string> settings,
    Action<IServiceCollection> configure,
    Action<ObservedRequest> observed
) : IWorkerLauncher
{
    /// <summary>The host of the app that was started last.</summary>
    public IHost? Host { get; private set; }

    public IRunningWorker Launch(WorkerStart start)
    {
        // Where the worker looks for the code that was generated for the app; one app's assembly a process.
        Assembly.SetEntryAssembly(app);
        // The web part of the worker reads host.json from there; it is the same folder for every app of this process.
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", start.Folder);
        List<KeyValuePair<string, string?>> all =
        [
            .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)),
            new("Functions:Worker:HostEndpoint", start.Endpoint.ToString()),
            new("Functions:Worker:WorkerId", start.Id),
            new("Functions:Worker:RequestId", start.Id),
            new("Functions:Worker:GrpcMaxMessageLength", $"{WorkerStart.MaxMessageLength}"),
        ];
        var running = new Running(this, all);
        var args = all.Select(setting => $"--{setting.Key}={setting.Value}");
        running.Begin(
            app.EntryPoint ?? throw new ArgumentException($"{app.GetName().Name} has no entry point."),
            [.. args]
        );
        return running;
    }

    private void Observed(ObservedRequest request) => observed(request);

    private void Configure(IHostBuilder builder, IEnumerable<KeyValuePair<string, string?>> all)
    {
        // Again, and last: to the worker the environment of this process, which is not the app's, wins over arguments.
        builder.ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(all));
        builder.ConfigureServices(services =>
        {
            configure(services);
            // A port of its own: the worker's extension chooses one a process. Endpoints that code names win over those
            // of settings.
            services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        });
    }

    private sealed class Running(InProcessWorkerLauncher owner, IEnumerable<KeyValuePair<string, string?>> all)
        : IRunningWorker
    {
        private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private IHost? _host;

        public Task Exited => _exited.Task;

        public int ProcessId => Environment.ProcessId;

        public void Begin(MethodInfo entry, string[] args)
        {
            AppStart.Observe();
            OutgoingRequestObserver.Add(owner.Observed);
            var thread = new Thread(() =>
            {
                AppStart.Current = new AppStart(
                    builder => owner.Configure(builder, all),
                    host => owner.Host = _host = host
                );
                try
                {
                    var result = entry.Invoke(
                        null,
                        BindingFlags.DoNotWrapExceptions,
                        null,
                        entry.GetParameters().Length == 0 ? [] : [args],
                        null
                    );
                    (result as Task)?.GetAwaiter().GetResult();
                    _exited.SetResult();
                }
                catch (Exception ex)
                {
                    _exited.SetException(ex);
                }
            })
            {
                IsBackground = true,
                Name = entry.Module.Assembly.GetName().Name,
            };
            using (ExecutionContext.SuppressFlow())
                thread.Start();
        }

        public void HasStarted()
        {
            // Asked of its lifetime instead.
        }

        public async Task<Uri?> HttpAddressAsync(string? announced, CancellationToken cancellationToken)
        {
            if (announced is null || _host is not { } host)
                return null;
            try
            {
                var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using var _ = host
                    .Services.GetRequiredService<IHostApplicationLifetime>()
                    .ApplicationStarted.Register(started.SetResult);
                await (
                    await Task.WhenAny(started.Task, Exited).WaitAsync(cancellationToken).ConfigureAwait(false)
                ).ConfigureAwait(false);
                return new Uri(
                    host.Services.GetRequiredService<IServer>()
                        .Features.Get<IServerAddressesFeature>()!
                        .Addresses.First()
                );
            }
            catch (ObjectDisposedException)
            {
                // One of the app's services did not start; why is what ended the app.
                await Exited.ConfigureAwait(false);
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            OutgoingRequestObserver.Remove(owner.Observed);
            if (_host is not { } host)
                return;
            try
            {
                host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
            }
            catch (ObjectDisposedException)
            {
                // It ends by itself at this moment.
            }
            await _exited.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
