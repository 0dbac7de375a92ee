using System.Reflection;
using Microsoft.DurableTask.Client;
using Serverless.Local.Hosting;
using Serverless.Local.Time;

namespace Serverless.Local;

/// <summary>A functions app that runs within this process, started through its own entry point. Several can run at once.</summary>
public sealed class LocalApp : IAsyncDisposable
{
    private readonly LocalHost _host;
    private readonly Task _exited;

    private LocalApp(LocalHost host, Task exited)
    {
        _host = host;
        _exited = exited;
    }

    /// <summary>Where the app listens.</summary>
    public Uri BaseAddress => _host.BaseAddress;

    /// <summary>The app's clock.</summary>
    public LocalClock Clock => _host.Clock;

    /// <summary>The app's services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>The client that functions get through <c>[DurableClient]</c>.</summary>
    public DurableTaskClient DurableTaskClient => _host.DurableTaskClient;

    /// <summary>Runs the entry point of <paramref name="app"/> and returns when it listens.</summary>
    /// <param name="app">The app's assembly. Functions are looked for in it; its settings lie beside it.</param>
    /// <param name="settings">Win over all other settings. Without a <c>--port</c> the app takes a free one.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<LocalApp> StartAsync(Assembly app, IEnumerable<KeyValuePair<string, string?>> settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        var entry = app.EntryPoint ?? throw new ArgumentException($"{app.GetName().Name} has no entry point.", nameof(app));
        return StartAsync(
            app,
            args =>
            {
                var result = entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, entry.GetParameters().Length == 0 ? [] : [args], null);
                return result as Task ?? Task.CompletedTask;
            },
            settings,
            cancellationToken);
    }

    /// <summary>Runs <paramref name="main"/> as the entry point of an app and returns when it listens.</summary>
    /// <param name="app">Where functions are looked for.</param>
    /// <param name="main">Builds and runs the host, as the app's <c>Program.cs</c> would.</param>
    /// <param name="settings">Win over all other settings.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static Task<LocalApp> StartAsync(
        Assembly app, Func<string[], Task> main, IEnumerable<KeyValuePair<string, string?>> settings, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return StartAsync(new LocalAppStart(app, null, [.. settings]), main, cancellationToken);
    }

    internal static async Task<LocalApp> StartAsync(LocalAppStart start, Func<string[], Task> main, CancellationToken cancellationToken)
    {
        var exited = RunOnOwnThread(start, main);
        await Task.WhenAny(start.Started.Task, exited).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (start.Started.Task.IsCompletedSuccessfully)
            return new LocalApp(await start.Started.Task.ConfigureAwait(false), exited);
        await exited.ConfigureAwait(false);
        throw new InvalidOperationException("The app ended without starting a host. Does its entry point call Build().Run()?");
    }

    /// <summary>Stops the app as Ctrl+C would: what is under way is finished, what is stored is kept.</summary>
    public async Task StopAsync()
    {
        if (!_exited.IsCompleted)
            _host.RequestStop();
        await _exited.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static Task RunOnOwnThread(LocalAppStart start, Func<string[], Task> main)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            LocalAppStart.Current = start;
            try
            {
                main([]).GetAwaiter().GetResult();
                exited.SetResult();
            }
            catch (Exception ex)
            {
                exited.SetException(ex);
            }
        })
        {
            IsBackground = true,
            Name = start.App.GetName().Name,
        };
        using (ExecutionContext.SuppressFlow())
            thread.Start();
        return exited.Task;
    }
}
